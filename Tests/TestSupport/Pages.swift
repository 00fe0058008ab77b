import Glibc

/// Memory whose end is the end of the readable world: reading one byte past it traps.
public enum Pages {
  /// Calls the body with a copy of the bytes that ends where an unreadable page begins.
  public static func withGuarded<R>(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let readable = (bytes.count + page - 1) / page * page
    let memory = mmap(
      nil, readable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED, mprotect(memory + readable, page, PROT_NONE) == 0 else {
      throw GuardFailure()
    }
    defer { munmap(memory, readable + page) }
    let copy = UnsafeMutableRawBufferPointer(
      start: memory + readable - bytes.count, count: bytes.count)
    copy.copyBytes(from: bytes)
    return try body(UnsafeRawBufferPointer(copy))
  }

  /// The system gave no pages.
  public struct GuardFailure: Error {}
}
