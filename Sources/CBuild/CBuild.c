#include "CBuild.h"

#include <stddef.h>

#define TEXT_OF(name) #name
#define TEXT(macro) TEXT_OF(macro)

const char *cbuild_commit(void) {
#ifdef BUILD_COMMIT
  // The prefix makes one word of it, whatever its digits.
  return TEXT(BUILD_COMMIT) + sizeof("commit_") - 1;
#else
  return NULL;
#endif
}
