import AlgorithmInterface
import ArgumentParser
import JSON
import LinearAlgebra
import Service

/// Lists what this program can compute.
struct AlgorithmsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "algorithms",
    abstract: "List the algorithms, or show one's parameters as JSON Schema.")

  @Argument(help: "Algorithm id, such as dualize.")
  var algorithm: String?

  func run() throws {
    let catalogue = Catalogue.standard(processor: OpenBLAS.coreName)
    guard let algorithm else {
      for entry in catalogue.all {
        let about = entry.description
        Terminal.write("\(about.id)  \(about.version)  \(about.title): \(about.summary)\n")
      }
      return
    }
    let found = try Self.find(algorithm, in: catalogue)
    Terminal.write(found.description.parameters.jsonSchema.serializedText() + "\n")
  }

  static func find(_ id: String, in catalogue: Catalogue) throws -> any Algorithm {
    guard let algorithm = catalogue[id] else {
      throw ValidationError(
        "unknown algorithm \"\(id)\"; known: \(catalogue.ids.joined(separator: ", "))")
    }
    return algorithm
  }
}
