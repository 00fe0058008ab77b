// swift-tools-version: 6.1
import PackageDescription

// A server that Matquay is measured against. A package of its own, so that the product's
// dependency graph never sees it.
let package = Package(
  name: "peer",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1")
  ],
  targets: [
    .executableTarget(
      name: "peer",
      dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
  ]
)
