"""The names of what other interpreters run, for a server that doesn't import it itself."""

from ..ring.wire import Named

WARM_UP = Named(f"{__package__}.warm_up:warm_up")
USED = Named(f"{__package__}.warm_up:used")
USE_AHEAD = Named(f"{__package__}.warm_up:use_ahead")
BUILD = Named(f"{__package__}.whole:build_whole")
BUILD_CATALOG = Named(f"{__package__}.result:result_job")
REBUILD = Named(f"{__package__}.job:rebuild")
SETTLE = Named(f"{__package__}.job:settle")
PREPARE = Named(f"{__package__}.incremental:prepare")
PRELOAD = Named(f"{__package__}.preload:preload")
STORY_CODE = Named(f"{__package__}.story_code_job:story_code")
RENDER_STATE = Named(f"{__package__}.story_state:render_state")
ANSWER_REQUEST = Named(f"{__package__}.response_job:answer_request")
DIGESTS_OF_PAGES = Named(f"{__package__}.preload:digests_of_pages")
