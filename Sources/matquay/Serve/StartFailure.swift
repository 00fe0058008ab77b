import HTTPServer
import Jobs
import Service

/// Why the service does not start.
struct StartFailure: Error {
  let message: String
  /// True where other settings would help: exit status 78.
  let isConfiguration: Bool

  init(_ message: String, isConfiguration: Bool) {
    self.message = message
    self.isConfiguration = isConfiguration
  }

  init(_ error: StoreError, path: String) {
    switch error {
    case .locked(let path):
      self.init(
        "another process works on \(path); give this one a storage.path of its own",
        isConfiguration: false)
    case .newerSchema(let found, let supported):
      self.init(
        "the data in \(path) was written by a newer version (schema \(found), this one knows "
          + "\(supported))", isConfiguration: true)
    case .networkFileSystem(let path):
      self.init(
        "\(path) is on a network file system, where SQLite's locks do not hold; choose a local "
          + "storage.path, or storage.url for several replicas", isConfiguration: true)
    default:
      self.init("the store in \(path) does not open: \(error)", isConfiguration: false)
    }
  }

  init(_ error: ServerError) {
    switch error {
    case .certificate, .unresolvableHost, .unusablePath:
      self.init("\(error)", isConfiguration: true)
    case .system, .alreadyStarted:
      self.init("\(error)", isConfiguration: false)
    }
  }
}
