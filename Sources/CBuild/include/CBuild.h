#pragma once

/// The commit of the source that this was built from, as the builder said it in BUILD_COMMIT; a
/// null pointer where nobody did.
const char *cbuild_commit(void);
