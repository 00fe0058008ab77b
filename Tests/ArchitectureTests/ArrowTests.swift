import Testing

/// What each room may depend on. An arrow that is not here is refused, whatever the manifest says.
private let families = [
  "Dualization", "BlockCompression", "TransferClustering", "WeightedPaging",
]

private let arrows: [String: Set<String>] = {
  var arrows: [String: Set<String>] = [
    "Compute": ["CSystem"],
    "WideKernels": [],
    "WideKernels512": ["WideKernels"],
    "LinearAlgebra": ["Compute", "COpenBLAS", "WideKernels", "WideKernels512"],
    "JSON": ["CSimdjson"],
    "Tensors": ["JSON", "CZlib"],
    "Settings": ["CYAML"],
    "Observability": ["Logging", "CoreMetrics"],
    "AlgorithmInterface": ["Tensors", "JSON", "LinearAlgebra", "Compute"],
    "HTTP": ["HTTPTypes"],
    "HTTPServer": [
      "HTTP", "Observability", "CSystem", "COpenSSL", "CZlib", "HTTPTypes", "DequeModule",
      "HeapModule", "Logging",
    ],
    "HTTPClient": ["CCurl"],
    "Jobs": [
      "Compute", "Observability", "CSQLite", "CPostgreSQL", "COpenSSL", "DequeModule",
      "HeapModule", "OrderedCollections", "Logging",
    ],
    "Service": [
      "HTTP", "Jobs", "AlgorithmInterface", "Tensors", "JSON", "Settings", "Observability",
      "Compute", "COpenSSL", "CZlib", "HTTPTypes", "Logging", "OrderedCollections", "DequeModule",
      "HeapModule", "WeightedPaging", "DualizationAPI", "BlockCompressionAPI",
      "TransferClusteringAPI", "WeightedPagingAPI",
    ],
  ]
  for family in families {
    arrows[family] = ["LinearAlgebra", "Compute", "HeapModule", "DequeModule"]
    arrows["\(family)API"] = [
      family, "AlgorithmInterface", "Tensors", "JSON", "LinearAlgebra", "Compute",
    ]
  }
  return arrows
}()

/// Modules that come with the toolchain and the system.
private let toolchain: Set<String> = [
  "Swift", "Glibc", "Darwin", "Dispatch", "Synchronization", "FoundationEssentials", "Foundation",
  "Testing",
  "_Builtin_float",
]

@Suite(.enabled(if: Manifest.shared != nil, "swift package describe cannot be run here"))
struct ArrowTests {
  private let targets = Manifest.shared?.targets ?? []

  @Test func everyImportIsADependencyOfItsTarget() throws {
    #expect(!targets.isEmpty)
    for target in targets {
      for file in SourceTree.swiftFiles(under: target.path) {
        for module in Self.imports(of: file) where !toolchain.contains(module) {
          #expect(
            target.dependencies.contains(module),
            "\(file) imports \(module), which the manifest does not give to \(target.name)")
        }
      }
    }
  }

  /// What the manifest gives and the room does not use at present.
  private static let idle = ["Jobs": "DequeModule"]

  @Test func everyDependencyIsUsedOrLinked() {
    // The families share one list in the manifest; each uses the part that it needs.
    for target in targets
    where arrows[target.name] != nil && !target.path.contains("/Algorithms/") {
      let files = SourceTree.swiftFiles(under: target.path)
      let used = Set(files.flatMap { Self.imports(of: $0) })
      for dependency in target.dependencies {
        #expect(
          used.contains(dependency) || Self.idle[target.name] == dependency,
          "\(target.name) depends on \(dependency) and never imports it")
      }
    }
  }

  @Test func roomsDependOnlyOnWhatTheArrowsAllow() {
    for target in targets {
      guard let allowed = arrows[target.name] else { continue }
      let beyond = target.dependencies.subtracting(allowed)
      #expect(beyond.isEmpty, "\(target.name) must not depend on \(beyond.sorted())")
    }
  }

  @Test func everyRoomHasItsArrows() {
    for target in targets where target.path.hasPrefix("Sources/") {
      let isShim = target.name.hasPrefix("C") && SourceTree.swiftFiles(under: target.path).isEmpty
      let isProgram = target.name.hasPrefix("matquay")
      #expect(
        isShim || isProgram || arrows[target.name] != nil, "\(target.name) has no arrows here")
    }
  }

  @Test func networkLibrariesOfOthersStayOut() {
    // The hand-rolled server is the point of the project; NIO would come in through many doors.
    let direct = Manifest.shared?.topDependencies ?? []
    // The resolved graph holds at least what the manifest names, else it was not read.
    #expect(Set(direct).isSubset(of: Manifest.resolvedPackages))
    for package in Manifest.resolvedPackages {
      #expect(!package.contains("nio") && !package.contains("hummingbird"), "\(package)")
    }
    for file in SourceTree.swiftFiles(under: "Sources") {
      for module in Self.imports(of: file) {
        #expect(!module.hasPrefix("NIO") && module != "FoundationNetworking", "\(file): \(module)")
      }
    }
  }

  /// Modules of the import lines: `public import struct A.B` gives `A`.
  private static func imports(of file: String) -> [String] {
    SourceTree.code(of: file).compactMap { line in
      var words = line.split(whereSeparator: { $0 == " " || $0 == "." })[...]
      while let word = words.first, word.hasPrefix("@") || accessWords.contains(String(word)) {
        words = words.dropFirst()
      }
      guard words.popFirst() == "import" else { return nil }
      if let kind = words.first, kindWords.contains(String(kind)) { words = words.dropFirst() }
      return words.first.map(String.init)
    }
  }

  private static let accessWords: Set<String> = [
    "public", "package", "internal", "fileprivate", "private",
  ]
  private static let kindWords: Set<String> = [
    "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
  ]
}
