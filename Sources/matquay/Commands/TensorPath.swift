import ArgumentParser
import FoundationEssentials

/// The forms of files, by the ends of their names.
enum TensorPath {
  /// The media type of a body or an answer in the file's form; `nil` for an unknown ending.
  static func mediaType(_ path: String) -> String? {
    switch path.split(separator: ".").last {
    case "npy": "application/x-npy"
    case "npz": "application/x-npz"
    case "safetensors": "application/vnd.safetensors"
    case "json": "application/json"
    case "txt", "trace": "text/plain"
    default: nil
    }
  }

  static func read(_ path: String) throws -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch {
      Terminal.complain("\(path): cannot be read")
      throw ProgramExit.failure
    }
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    do {
      try Data(bytes).write(to: URL(filePath: path))
    } catch {
      Terminal.complain("\(path): cannot be written")
      throw ProgramExit.failure
    }
  }
}
