// swift-tools-version: 6.2
import PackageDescription

// The rooms of Matquay and the arrows between them (README.md, "Layout"). Folders are listed by
// name: a manifest that scans folders is cached and goes stale. A test compares every import line
// under Sources with the dependencies written here.

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// Parts that others keep, by product name; each with what it is for.
enum Library {
  /// Parses the command line of `matquay` and `matquay-bench`.
  static let arguments = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
  /// The logging interface that the rooms write to.
  static let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
  /// Currency types of HTTP at the handlers' door.
  static let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
  /// Deque, Heap and OrderedDictionary.
  static let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
  static let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
  static let ordered = Target.Dependency.product(
    name: "OrderedCollections", package: "swift-collections")
  /// The metrics interface that the rooms count with.
  static let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
  static let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
}

/// For kernels that are called only where the processor has these instructions.
#if arch(x86_64)
  let wide: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-mavx2", "-Xcc", "-mfma"])]
  let wider: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-mavx512f", "-Xcc", "-mfma"])]
#else
  let wide: [SwiftSetting] = []
  let wider: [SwiftSetting] = []
#endif

func room(
  _ name: String, path: String? = nil, _ dependencies: [Target.Dependency] = [],
  settings: [SwiftSetting] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path ?? "Sources/\(name)",
    swiftSettings: strict + settings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)Tests",
    exclude: exclude, resources: [], swiftSettings: strict)
}

/// The algorithm families: each has `Sources/Algorithms/NAME/{Core,API}` and its test folder.
let algorithms = ["Dualization", "BlockCompression", "TransferClustering", "WeightedPaging"]

let systemLibraries: [Target] = [
  .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
  // Reads the settings file. libyaml itself: Yams, which wraps it, brings all of Foundation along,
  // 6 MB in memory and 50 MB in the image.
  .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
]

/// Hexadecimal, or nothing: it becomes a word of the compiler's command line.
let buildCommit: String? = Context.environment["BUILD_COMMIT"].flatMap { text in
  !text.isEmpty && text.allSatisfy(\.isHexDigit) ? text : nil
}

let shims: [Target] = [
  // epoll, eventfd, accept4, priority and turns of a thread.
  .target(name: "CSystem"),
  // What /version says of the source: the commit that BUILD_COMMIT names when the package is built.
  .target(
    name: "CBuild",
    cSettings: buildCommit.map { [.define("BUILD_COMMIT", to: "commit_\($0)")] } ?? []),
  // BLAS and LAPACK by OpenBLAS, pinned to one thread.
  .target(name: "COpenBLAS", linkerSettings: [.linkedLibrary("openblas")]),
  // libpq and libcurl, loaded when they are first needed: only their headers at build time
  // (libpq-dev, libcurl4-openssl-dev).
  .target(name: "CPostgreSQL", dependencies: ["CLoader"]),
  .target(name: "CCurl", dependencies: ["CLoader"]),
  .target(name: "CLoader"),
  // A C face for simdjson (reading) and C++17 to_chars (writing).
  .target(
    name: "CSimdjson",
    linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")]),
]

let rooms: [Target] = [
  room("Compute", ["CSystem"]),
  room("WideKernels", settings: wide),
  room("WideKernels512", ["WideKernels"], settings: wider),
  room("LinearAlgebra", ["Compute", "COpenBLAS", "WideKernels", "WideKernels512"]),
  room("JSON", ["CSimdjson"]),
  room("Tensors", ["JSON", "CZlib"]),
  room("Settings", ["CYAML"]),
  room("Observability", [Library.logging, Library.coreMetrics]),
  room("AlgorithmInterface", ["Tensors", "JSON", "LinearAlgebra", "Compute"]),
  room("HTTP", [Library.httpTypes]),
  room(
    "HTTPServer",
    [
      "HTTP", "Observability", "CSystem", "COpenSSL", "CZlib", Library.httpTypes,
      Library.deque, Library.logging,
    ]),
  room("HTTPClient", ["CCurl"]),
  room(
    "Jobs",
    [
      "Compute", "Observability", "CSQLite", "CPostgreSQL", "COpenSSL",
      Library.heap, Library.logging,
    ]),
  room(
    "Service",
    [
      "HTTP", "Jobs", "AlgorithmInterface", "Tensors", "JSON", "Settings", "Observability",
      "Compute", "COpenSSL", "WeightedPaging", Library.httpTypes, Library.logging,
      Library.ordered, Library.deque,
    ] + algorithms.map { .byName(name: "\($0)API") }),
]

let families: [Target] = algorithms.flatMap { name in
  [
    room(
      name, path: "Sources/Algorithms/\(name)/Core", ["LinearAlgebra", "Compute", Library.heap]),
    room(
      "\(name)API", path: "Sources/Algorithms/\(name)/API",
      [
        .byName(name: name), "AlgorithmInterface", "Tensors", "JSON", "LinearAlgebra", "Compute",
      ]),
  ]
}

/// The Swift runtime inside the program, as in the image: it starts faster and takes up 4 MB less
/// than with the shared libraries, of which most pages are never of use. (The last two libraries are
/// parts of FoundationEssentials, which only a whole build with --static-swift-stdlib names.)
let staticRuntime: [LinkerSetting] = [
  .unsafeFlags(
    ["-static-stdlib", "-l_FoundationCollections", "-l_FoundationCShims"],
    .when(platforms: [.linux]))
]

let executables: [Target] = [
  .executableTarget(
    name: "matquay",
    dependencies: [
      "Service", "HTTPServer", "HTTPClient", "HTTP", "Jobs", "AlgorithmInterface", "Tensors",
      "JSON", "Settings", "Observability", "Compute", "LinearAlgebra", "CBuild",
      Library.arguments, Library.logging, Library.httpTypes,
    ], swiftSettings: strict, linkerSettings: staticRuntime),
  .executableTarget(
    name: "matquay-bench",
    dependencies: [
      "Service", "HTTPServer", "HTTPClient", "HTTP", "Jobs", "AlgorithmInterface", "Tensors",
      "JSON", "Observability", "Compute", "LinearAlgebra", "CSQLite", Library.arguments,
      Library.httpTypes, Library.logging,
    ] + algorithms.map { .byName(name: $0) }, swiftSettings: strict, linkerSettings: staticRuntime),
]

let testSupport: [Target] = [
  .target(
    name: "TestSupport", dependencies: ["LinearAlgebra", "Compute", "JSON", "Tensors"],
    path: "Tests/TestSupport", swiftSettings: strict),
  // A process that works on jobs until it is killed, for JobsTests.
  .executableTarget(
    name: "jobs-crash-worker", dependencies: ["Jobs", "Compute", Library.logging],
    path: "Tests/JobsCrashWorker", swiftSettings: strict),
]

let testTargets: [Target] =
  [
    tests("Compute", ["Compute", "TestSupport"]),
    tests("LinearAlgebra", ["LinearAlgebra", "Compute", "TestSupport"]),
    tests("JSON", ["JSON", "TestSupport"]),
    tests("Tensors", ["Tensors", "JSON", "TestSupport", "CZlib"]),
    tests("Settings", ["Settings", "TestSupport"]),
    tests("Observability", ["Observability", Library.logging, Library.coreMetrics]),
    tests(
      "AlgorithmInterface",
      ["AlgorithmInterface", "Tensors", "JSON", "LinearAlgebra", "Compute", "TestSupport"]),
    // Fuzz is a program of its own (Tests/HTTPTests/Fuzz/run).
    tests("HTTP", ["HTTP", "TestSupport", "JSON", Library.httpTypes], exclude: ["Fuzz"]),
    tests(
      "HTTPServer",
      [
        "HTTPServer", "HTTP", "CSystem", "COpenSSL", "CZlib", "TestSupport", Library.httpTypes,
        "Observability", Library.logging,
      ]),
    tests("HTTPClient", ["HTTPClient", "TestSupport"]),
    tests(
      "Jobs",
      [
        "Jobs", "Compute", "CSQLite", "CPostgreSQL", "TestSupport", "Observability",
        Library.logging, "jobs-crash-worker",
      ]),
    tests(
      "Service",
      [
        "Service", "HTTP", "HTTPServer", "Jobs", "AlgorithmInterface", "Tensors", "JSON",
        "Settings", "Observability", "Compute", "TestSupport", Library.httpTypes,
        Library.logging,
      ] + algorithms.map { .byName(name: "\($0)API") }),
    tests("Architecture", ["TestSupport", "JSON"]),
    tests(
      "EndToEnd",
      [
        "TestSupport", "JSON", "Tensors", "HTTPClient", "HTTP", "HTTPServer", Library.httpTypes,
        Library.logging,
      ]),
  ]
  + algorithms.map { name in
    tests(
      name,
      [
        .byName(name: name), .byName(name: "\(name)API"), "AlgorithmInterface", "Tensors", "JSON",
        "LinearAlgebra", "Compute", "TestSupport",
      ] + (name == "WeightedPaging" ? ["CZlib"] : []))
  }

let package = Package(
  name: "matquay",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "matquay", targets: ["matquay"]),
    .executable(name: "matquay-bench", targets: ["matquay-bench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
  ],
  targets: systemLibraries + shims + rooms + families + executables + testSupport + testTargets,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
