#pragma once
// What HTTPServer needs of Linux sockets beyond POSIX, with flat types: epoll, eventfd, accept4,
// sendfile and growing maps. No system header with types is included: they stay Glibc's. Every function returns -1 with errno on failure unless said otherwise.
#include <stddef.h>
#include <stdint.h>

/// One readiness report: what was given to csystem_poll_add, and what happened.
typedef struct {
  uint64_t token;
  uint32_t events;
} csystem_event;

static const uint32_t csystem_poll_in = 0x001;
static const uint32_t csystem_poll_out = 0x004;
static const uint32_t csystem_poll_error = 0x008;
static const uint32_t csystem_poll_hang_up = 0x010;
static const uint32_t csystem_poll_peer_ended = 0x2000;
static const uint32_t csystem_poll_edge = 0x80000000u;

/// A new epoll descriptor.
int csystem_poll_create(void);
int csystem_poll_add(int poll, int descriptor, uint32_t events, uint64_t token);
int csystem_poll_change(int poll, int descriptor, uint32_t events, uint64_t token);
int csystem_poll_remove(int poll, int descriptor);
/// Waits for at most `milliseconds` (-1: for ever) and fills `events`, at most 256.
int csystem_poll_wait(int poll, csystem_event *events, int capacity, int milliseconds);

/// A counter that wakes a poll.
int csystem_eventfd_create(void);
void csystem_eventfd_signal(int descriptor);

/// accept4 with O_NONBLOCK and O_CLOEXEC; `address` is a sockaddr of `length` bytes, or NULL.
int csystem_accept(int listener, void *address, uint32_t *length);

/// Receives up to `count` bytes.
long csystem_receive(int descriptor, void *bytes, size_t count);

/// Sends two pieces with one call and without SIGPIPE. `second_count` may be 0.
long csystem_send(int descriptor, const void *first, size_t first_count, const void *second,
                     size_t second_count);

/// Sends a part of a file.
long csystem_send_file(int descriptor, int file, long offset, size_t count);

/// Private anonymous memory, whole pages. NULL on failure.
void *csystem_map(size_t count);
/// Has such memory come in huge pages from now on, where the system has them.
void csystem_use_huge_pages(void *start, size_t count);
/// Grows or shrinks such memory, moving it where needed. NULL on failure (the old one stays).
void *csystem_remap(void *start, size_t old_count, size_t new_count);
void csystem_unmap(void *start, size_t count);
