import Glibc

/// Files of the package itself, which tests compare with the code.
public enum PackageFiles {
  /// The path of a file of the package, such as `Config/matquay.yaml`.
  public static func path(_ relative: String) -> String {
    SharedFiles.packageRoot + "/" + relative
  }

  /// The text of a file of the package; empty where it cannot be read, which no test takes for
  /// right.
  public static func text(_ relative: String) -> String {
    guard let file = fopen(path(relative), "rb") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }
}
