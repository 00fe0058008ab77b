import Glibc

/// The tree's neighbour `../shared`: pages, oracle values and real inputs that are not part of the
/// repository. Tests that read it are skipped where it is absent.
public enum SharedFiles {
  /// The folder with Package.swift, found upwards from this file.
  public static let packageRoot: String = {
    var folder = String(#filePath)
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      if access(folder + "/Package.swift", R_OK) == 0 { return folder }
    }
    return "."
  }()

  /// The shared folder: MATQUAY_SHARED where set, else `shared` beside the package root or beside
  /// one of the folders above it.
  public static let root: String? = {
    if let named = getenv("MATQUAY_SHARED") { return String(cString: named) }
    // Resolved, so that a package root reached through a link finds the link's target's neighbour.
    var folder = packageRoot
    if let resolved = realpath(folder + "/Tests", nil) {
      folder = String(cString: resolved)
      free(resolved)
    }
    while let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
      folder = String(folder[..<slash])
      let candidate = folder + "/shared"
      if access(candidate + "/DESIGN.md", R_OK) == 0 { return candidate }
    }
    return nil
  }()

  /// Why a test that needs these files is skipped.
  public static let absent = "../shared is not here"

  /// Path of a file below the shared folder, such as "reference/dualize/atoms.json"; nil where it
  /// is absent.
  public static func path(_ relative: String) -> String? {
    guard let root else { return nil }
    let path = root + "/" + relative
    return access(path, R_OK) == 0 ? path : nil
  }

  /// Whether the file is there: for `.enabled(if:)`.
  public static func has(_ relative: String) -> Bool { path(relative) != nil }

  /// The bytes of a file below the shared folder; nil where it is absent.
  public static func bytes(_ relative: String) -> [UInt8]? {
    guard let path = path(relative), let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    guard fseek(file, 0, SEEK_END) == 0 else { return nil }
    let size = ftell(file)
    rewind(file)
    guard size >= 0 else { return nil }
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      filled = fread(buffer.baseAddress, 1, size, file)
    }
  }
}
