import HTTP
import HTTPTypes
import Settings

/// Leave for pages of other origins to read answers: off unless the operator lists origins.
struct CrossOrigin {
  let settings: ServiceSettings.CORS

  /// Marks an answer for a listed origin; every answer varies by it.
  func mark(_ response: inout Response, _ head: RequestHead) {
    response.fields.append(HTTPField(name: .vary, value: "Origin"))
    guard let origin = head[.origin], settings.origins.contains(origin) else { return }
    response.fields[.accessControlAllowOrigin] = origin
    response.fields[.accessControlExposeHeaders] =
      "ETag, Location, Link, Retry-After, X-Request-Id, Preference-Applied, Cache-Status, "
      + "RateLimit, RateLimit-Policy, Content-Digest, Content-Range, Age, Idempotency-Replayed, "
      + "X-Job-Id, X-Tensor-Dtype, X-Tensor-Shape"
    guard head.method == .options, head[.accessControlRequestMethod] != nil else { return }
    response.fields[.accessControlAllowMethods] = "GET, HEAD, POST, PUT, DELETE"
    response.fields[.accessControlAllowHeaders] =
      head[.accessControlRequestHeaders] ?? "Content-Type, Authorization"
    response.fields[.accessControlMaxAge] = String(settings.maxAge.components.seconds)
  }
}
