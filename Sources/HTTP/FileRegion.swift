import Glibc

/// A file opened for reading; closed when nobody refers to it.
public final class OpenFile: Sendable {
  /// The descriptor; valid while this object is alive. Read it with an offset (`pread`), since
  /// several answers may share it.
  public let descriptor: Int32
  /// Size in bytes when it was opened.
  public let byteCount: Int

  /// Opens a regular file. Touches the disk: never on a loop.
  /// - Throws: `FileOpenError` with the system's error number.
  public init(path: String) throws(FileOpenError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileOpenError(path: path, errorNumber: errno) }
    var information = stat()
    guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
      let number = errno
      close(descriptor)
      throw FileOpenError(path: path, errorNumber: number)
    }
    self.descriptor = descriptor
    byteCount = Int(information.st_size)
  }

  deinit { close(descriptor) }
}

/// A file could not be opened for reading.
public struct FileOpenError: Error, Equatable, Sendable {
  /// The path asked for.
  public let path: String
  /// `errno`, or 0 where it is not a regular file.
  public let errorNumber: Int32
}

/// `count` bytes of a file from `offset` on.
public struct FileRegion: Sendable {
  /// The file, kept open while the region is in use.
  public let file: OpenFile
  /// First byte.
  public let offset: Int
  /// Number of bytes.
  public let count: Int

  /// A part of `file`, or all of it. The range must lie inside the file.
  public init(_ file: OpenFile, offset: Int = 0, count: Int? = nil) {
    let count = count ?? (file.byteCount - offset)
    precondition(offset >= 0 && count >= 0 && offset + count <= file.byteCount)
    self.file = file
    self.offset = offset
    self.count = count
  }

  /// The part `range` of this region, counted from its start (for a Range request).
  public subscript(range: Range<Int>) -> FileRegion {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return FileRegion(file, offset: offset + range.lowerBound, count: range.count)
  }
}

extension FileRegion {
  /// The bytes, read into memory: for callers without a socket. Shorter than `count` where the
  /// file was cut since it was opened.
  public func contents() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      guard let base = buffer.baseAddress else { return }
      while filled < count {
        let read = pread(file.descriptor, base + filled, count - filled, off_t(offset + filled))
        if read < 0, errno == EINTR { continue }
        guard read > 0 else { return }
        filled += read
      }
    }
  }
}
