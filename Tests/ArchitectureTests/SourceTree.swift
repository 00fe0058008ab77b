import Glibc
import TestSupport

/// The files of the package, read as text.
enum SourceTree {
  /// Paths below a folder of the package, relative to its root, sorted; names that begin with a
  /// dot are left out.
  static func files(under folder: String) -> [String] {
    var found: [String] = []
    for name in names(in: folder) where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      if isFolder(path) { found += files(under: path) } else { found.append(path) }
    }
    return found.sorted()
  }

  /// Swift files below a folder.
  static func swiftFiles(under folder: String) -> [String] {
    files(under: folder).filter { $0.hasSuffix(".swift") }
  }

  /// Names in a folder of the package; "" is its root.
  static func names(in folder: String) -> [String] {
    guard let directory = opendir(PackageFiles.path(folder)) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(PackageFiles.path(path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  static func lines(of path: String) -> [Substring] {
    PackageFiles.text(path).split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// A file's code without comments and string literals, line by line, so that words in prose do
  /// not count. An interpolation counts as part of its literal up to the next quote.
  static func code(of path: String) -> [String] {
    var stripper = CodeStripper()
    return stripper.strip(Array(PackageFiles.text(path).utf8))
      .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }
}
