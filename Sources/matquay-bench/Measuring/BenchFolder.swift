import Glibc

/// A temporary folder that goes with its owner.
final class BenchFolder {
  struct Failure: Error {}

  let path: String

  init() throws {
    var template = Array("/tmp/matquay-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure() }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    // Others (the database's user) look for their own folders in it.
    chmod(path, 0o755)
  }

  deinit { _ = ChildProcess.start(["rm", "-rf", path])?.finish() }

  func make(_ name: String) throws -> String {
    let folder = "\(path)/\(name)"
    guard mkdir(folder, 0o700) == 0 else { throw Failure() }
    return folder
  }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
