#define _GNU_SOURCE
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(EPOLLIN == 0x001 && EPOLLOUT == 0x004 && EPOLLERR == 0x008, "epoll constants");
_Static_assert(EPOLLHUP == 0x010 && EPOLLRDHUP == 0x2000, "epoll constants");

int csystem_poll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int poll, int operation, int descriptor, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return epoll_ctl(poll, operation, descriptor, &event);
}

int csystem_poll_add(int poll, int descriptor, uint32_t events, uint64_t token) {
  return control(poll, EPOLL_CTL_ADD, descriptor, events, token);
}

int csystem_poll_change(int poll, int descriptor, uint32_t events, uint64_t token) {
  return control(poll, EPOLL_CTL_MOD, descriptor, events, token);
}

int csystem_poll_remove(int poll, int descriptor) {
  return control(poll, EPOLL_CTL_DEL, descriptor, 0, 0);
}

int csystem_poll_wait(int poll, csystem_event *events, int capacity, int milliseconds) {
  struct epoll_event ready[256];
  if (capacity > 256) capacity = 256;
  int count = epoll_wait(poll, ready, capacity, milliseconds);
  for (int i = 0; i < count; i++) {
    events[i].token = ready[i].data.u64;
    events[i].events = ready[i].events;
  }
  return count;
}

int csystem_eventfd_create(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void csystem_eventfd_signal(int descriptor) {
  uint64_t one = 1;
  while (write(descriptor, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

int csystem_accept(int listener, void *address, uint32_t *length) {
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// By number: the library's functions are points where a thread can be cancelled, and prepare for
// that twice in each call.
long csystem_receive(int descriptor, void *bytes, size_t count) {
  return syscall(SYS_recvfrom, descriptor, bytes, count, 0, NULL, NULL);
}

long csystem_send(int descriptor, const void *first, size_t first_count, const void *second,
                     size_t second_count) {
  if (second_count == 0)
    return syscall(SYS_sendto, descriptor, first, first_count, MSG_NOSIGNAL, NULL, 0);
  struct iovec pieces[2] = {{(void *)first, first_count}, {(void *)second, second_count}};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
  return sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

long csystem_send_file(int descriptor, int file, long offset, size_t count) {
  off_t position = offset;
  return sendfile(descriptor, file, &position, count);
}

void *csystem_map(size_t count) {
  void *start = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return start == MAP_FAILED ? NULL : start;
}

void csystem_use_huge_pages(void *start, size_t count) { madvise(start, count, MADV_HUGEPAGE); }

void *csystem_remap(void *start, size_t old_count, size_t new_count) {
  void *moved = mremap(start, old_count, new_count, MREMAP_MAYMOVE);
  return moved == MAP_FAILED ? NULL : moved;
}

void csystem_unmap(void *start, size_t count) { munmap(start, count); }
