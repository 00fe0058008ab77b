import JSON
import TestSupport

/// The package's manifest as SwiftPM understands it.
struct Manifest {
  struct Target {
    let name: String
    let path: String
    /// Names of targets and products.
    let dependencies: Set<String>
  }

  let targets: [Target]
  let topDependencies: [String]

  /// `nil` where SwiftPM cannot be run.
  static let shared = load()

  private static func load() -> Manifest? {
    // A scratch folder of its own: the one of the build that runs these tests is locked.
    let command = "swift package --scratch-path .build/manifest describe --type json"
    guard let description = Shell.json(command) else { return nil }
    let targets = (description["targets"]?.arrayValue ?? []).map { target in
      let names = ["target_dependencies", "product_dependencies"].flatMap {
        (target[$0]?.arrayValue ?? []).compactMap(\.stringValue)
      }
      return Target(
        name: target["name"]?.stringValue ?? "", path: target["path"]?.stringValue ?? "",
        dependencies: Set(names))
    }
    let top = (description["dependencies"]?.arrayValue ?? []).compactMap { $0["identity"] }
    return Manifest(targets: targets, topDependencies: top.compactMap(\.stringValue))
  }

  /// Every package of the resolved graph, from Package.resolved, which the build wrote.
  static let resolvedPackages: [String] = {
    guard let document = try? JSONValue.parse(PackageFiles.text("Package.resolved")) else {
      return []
    }
    return (document["pins"]?.arrayValue ?? []).compactMap { $0["identity"]?.stringValue }
  }()
}
