import ArgumentParser
import Glibc
import Tensors

/// Real work for the service: jobs that keep every core computing, and a result worth downloading.
struct BusyService {
  let server: BenchServer
  let folder: String

  /// Submits jobs that compute for some seconds on every core: exact duals of a float64 matrix,
  /// each with a seed of its own, since the same question would be answered from the cache.
  func startComputing(jobs: Int) throws {
    let side = 1_536
    var state: UInt64 = 1
    let elements = (0..<side * side).map { _ -> Double in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(Int64(bitPattern: state) >> 11) * 0x1p-52
    }
    let path = folder + "/gradient.npy"
    try write(NPY.write(Tensor(shape: [side, side], float64: elements)), to: path)
    for seed in 1...jobs {
      _ = try post(
        "/v1/algorithms/dualize/execution?method=exact&verify=none&seed=\(seed)", path,
        "application/x-npy")
    }
  }

  /// Latencies of a request every 2 ms, in milliseconds: their 99th percentile and the largest.
  static func latency(
    of server: BenchServer, path: String, seconds: Int
  ) throws -> (p99: Double, worst: Double) {
    guard let client = BulkClient(port: server.port) else { throw ExitCode(1) }
    let clock = ContinuousClock()
    var latencies: [Double] = []
    let end = clock.now + .seconds(seconds)
    while clock.now < end {
      usleep(2_000)
      let start = clock.now
      guard client.exchange("GET \(path) HTTP/1.1") != nil else {
        print("\(server.name): no answer while computing")
        throw ExitCode(1)
      }
      latencies.append((clock.now - start) / .milliseconds(1))
    }
    latencies.sort()
    guard let worst = latencies.last else { throw ExitCode(1) }
    return (latencies[min(latencies.count - 1, latencies.count * 99 / 100)], worst)
  }

  /// A finished job whose result is a matrix of 32 MB: the dense form of a small factorization.
  ///
  /// - Returns: the path of its result.
  func largeResult() throws -> String {
    let side = 2_048
    let factor = Tensor(shape: [side, 2], float64: (0..<side * 2).map { Double($0 % 97) / 97 })
    let coupling = Tensor(shape: [4, 4, 2], float64: (0..<32).map { Double($0) })
    let path = folder + "/factors.safetensors"
    try write(Safetensors.write(["U": factor, "S": coupling, "V": factor]), to: path)
    let location = try post(
      "/v1/algorithms/blast/execution?operation=reconstruct", path,
      "application/vnd.safetensors")
    let job = ChildProcess.start([
      "curl", "-s", "-f", "-o", "/dev/null", "--retry", "50", "--retry-delay", "1",
      "--retry-all-errors", "-H", "Accept: application/vnd.safetensors",
      server.url(location + "/results"),
    ])
    guard job?.finish().status == 0 else {
      print("the service gave no result to download")
      throw ExitCode(1)
    }
    return location + "/results"
  }

  /// Submits a file as a job; its path comes back.
  private func post(_ target: String, _ path: String, _ type: String) throws -> String {
    let child = ChildProcess.start([
      "curl", "-s", "-f", "-o", "/dev/null", "-D", "-", "-H", "Expect:", "-H",
      "Prefer: respond-async", "-H", "Content-Type: \(type)", "--data-binary", "@\(path)",
      server.url(target),
    ])
    let lines = child?.finish().text.split(whereSeparator: \.isNewline) ?? []
    let location = lines.first { $0.lowercased().hasPrefix("location: ") }?.dropFirst(10)
    guard let location else {
      print("the service took no job at \(target)")
      throw ExitCode(1)
    }
    return String(location)
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "wb") else { throw ExitCode(1) }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw ExitCode(1) }
  }
}
