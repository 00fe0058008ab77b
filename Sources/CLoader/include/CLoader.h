#pragma once
// For the shims of libraries that few processes need: loaded when a function of theirs is first
// called, so that the others do not pay for them and what they load in turn. To be included by one
// source file of a shim, with LOADED_LIBRARY defined as the library's name.

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifdef LOADED_LIBRARY

static void *library;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) { library = dlopen(LOADED_LIBRARY, RTLD_NOW | RTLD_LOCAL); }

static void *find(const char *name) {
  pthread_once(&once, load);
  return library ? dlsym(library, name) : NULL;
}

// Defines a function that calls the library's of the same name, and answers `absent` where there
// is none.
#define FORWARD(type, name, parameters, arguments, absent)            \
  type name parameters {                                              \
    static type(*_Atomic known) parameters;                           \
    type(*function) parameters = atomic_load(&known);                 \
    if (!function) {                                                  \
      function = (type(*) parameters)find(#name);                     \
      if (!function) return absent;                                   \
      atomic_store(&known, function);                                 \
    }                                                                 \
    return function arguments;                                        \
  }

#endif
