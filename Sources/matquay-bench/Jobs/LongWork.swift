import Tensors

/// A job of each algorithm that takes some seconds.
struct LongWork {
  let algorithm: String
  let query: String
  let type: String
  let body: [UInt8]

  static func all() -> [LongWork] {
    var random = SystemRandomNumberGenerator()
    func values(_ count: Int) -> [Double] {
      (0..<count).map { _ in Double.random(in: -1...1, using: &random) }
    }
    let safetensors = "application/vnd.safetensors"
    var layers = NamedTensors()
    for layer in 0..<16 {
      layers["layer.\(layer)"] = Tensor(shape: [700, 700], float64: values(490_000))
    }
    var clusters = NamedTensors()
    clusters["target"] = Tensor(shape: [600, 6], float64: values(3600))
    clusters["source"] = Tensor(shape: [600, 6], float64: values(3600))
    // Pages of a Zipf-like trace: the square of a uniform number is small more often than large.
    let trace = (0..<1_000_000).map { _ in
      let uniform = Double.random(in: 0..<1, using: &random)
      return "\(Int(uniform * uniform * 5000))"
    }.joined(separator: "\n")
    return [
      LongWork(
        algorithm: "dualize", query: "method=exact", type: safetensors,
        body: Safetensors.write(layers)),
      LongWork(
        algorithm: "blast", query: "rank=64&blocks=8&max_sweeps=2000&tolerance=0",
        type: "application/x-npy",
        body: NPY.write(Tensor(shape: [1024, 1024], float64: values(1 << 20)))),
      LongWork(
        algorithm: "cluster", query: "classes=5&target={}&source={}&bootstrap=5000",
        type: safetensors, body: Safetensors.write(clusters)),
      LongWork(
        algorithm: "paging", query: #"capacity=500&policies=["owp","opt"]"#, type: "text/plain",
        body: Array(trace.utf8)),
    ].map { work in
      LongWork(
        algorithm: work.algorithm, query: encoded(work.query), type: work.type, body: work.body)
    }
  }

  private static func encoded(_ query: String) -> String {
    let words = [
      ("{", "%7B"), ("}", "%7D"), ("[", "%5B"), ("]", "%5D"), ("\"", "%22"), (",", "%2C"),
    ]
    return words.reduce(query) { text, word in
      text.split(separator: word.0, omittingEmptySubsequences: false).joined(separator: word.1)
    }
  }
}
