import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Jobs
import Tensors

/// The answer of an inference request: JSON, or JSON with binary tensors behind it.
struct InferenceAnswer: Sendable {
  let core: ServiceCore
  let id: String?
  let wanted: [(name: String, isBinary: Bool)]?
  let isBinaryByDefault: Bool

  init(_ core: ServiceCore, _ request: InferenceRequest) {
    self.core = core
    id = request.id
    wanted = request.outputs.map { $0.map { ($0.name, $0.isBinary) } }
    isBinaryByDefault = request.isBinaryByDefault
  }

  func response(to submitted: Submission) throws(Problem) -> Response {
    let job = submitted.record
    guard job.state == .succeeded else {
      if job.state.isFinished { throw Problem(ended: job) }
      throw Problem(.timeout, "The computation did not end in time.")
    }
    let handle = try core.result(of: submitted)
    return try write(StoredResult(reading: handle), job)
  }

  private func write(_ result: StoredResult, _ job: JobRecord) throws(Problem) -> Response {
    let outputs = wanted ?? result.outputs.names.map { ($0, isBinaryByDefault) }
    var binary: [Tensor] = []
    var writer = JSONWriter(capacity: 1024 + result.report.utf8.count)
    writer.beginObject()
    writer.member("model_name", .string(result.algorithm))
    writer.member("model_version", .string(result.version))
    if let id { writer.member("id", .string(id)) }
    writer.member(
      "parameters",
      ["job_id": .string(job.id.description), "report": .string(result.report)])
    writer.key("outputs")
    writer.beginArray()
    for (index, output) in outputs.enumerated() {
      guard let tensor = result.outputs[output.name] else {
        throw .invalid(
          JSONPointer(["outputs"]).appending(index),
          "there is no output \"\(output.name)\"; there are \(result.outputs.names)")
      }
      write(output.name, tensor, isBinary: output.isBinary, to: &writer)
      if output.isBinary { binary.append(tensor) }
    }
    writer.endArray()
    writer.endObject()
    var bytes = writer.finish()
    if binary.isEmpty { return .json(bytes: bytes) }
    let header = bytes.count
    for tensor in binary { tensor.withRowMajorBytes { bytes.append(contentsOf: $0) } }
    return Response(
      status: .ok,
      fields: [.contentType: MediaTypes.octets, .inferenceHeaderLength: String(header)],
      body: .bytes(bytes))
  }

  private func write(
    _ name: String, _ tensor: Tensor, isBinary: Bool, to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.member("name", .string(name))
    writer.member("datatype", .string(tensor.elementType.inferenceName))
    writer.member("shape", .array(tensor.shape.map { .integer(Int64($0)) }))
    if isBinary {
      writer.member(
        "parameters", ["binary_data_size": .integer(Int64(tensor.byteCount))])
    } else {
      writer.key("data")
      JSONTensor.write(tensor.reshaped(to: [tensor.count]), to: &writer)
    }
    writer.endObject()
  }
}
