import Glibc

/// A folder that goes with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/matquay-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw EndToEndFailure("no temporary folder") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    _ = try? Spawned.run(["rm", "-rf", path])
  }
}
