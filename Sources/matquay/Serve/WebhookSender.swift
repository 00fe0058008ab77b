import HTTPClient
import Jobs
import Observability
import Service
import Settings

/// Calls webhooks over HTTP: signed, without redirects, not into private networks unless the
/// operator says so.
struct WebhookSender: Sendable {
  private let client = BlockingClient()
  private let settings: ServiceSettings.Webhooks
  private let secret: WebhookSecret

  /// Nil where webhooks are off.
  init?(_ settings: ServiceSettings.Webhooks) throws(StartFailure) {
    guard !settings.allowedHosts.isEmpty else { return nil }
    guard let secret = settings.secret.flatMap({ WebhookSecret($0) }) else {
      throw StartFailure(
        "webhooks.secret: expected whsec_ and the base64 of 24 to 64 bytes", isConfiguration: true)
    }
    self.settings = settings
    self.secret = secret
  }

  /// What the job engine needs to call.
  var configuration: WebhookConfiguration {
    var configuration = WebhookConfiguration(call: call)
    configuration.attempts = settings.attempts
    configuration.backoffMilliseconds = settings.backoff.wholeMilliseconds
    configuration.timeoutMilliseconds = settings.timeout.wholeMilliseconds
    return configuration
  }

  @Sendable private func call(_ job: JobRecord) -> WebhookAnswer {
    let message = WebhookMessage(
      job, secret: secret, allowedHosts: settings.allowedHosts, at: Timestamp.now())
    guard let message else {
      return .abandoned(status: nil, reason: "the host is not on the operator's list")
    }
    var request = ClientRequest(
      "POST", message.url, fields: message.fields, body: .bytes(message.body),
      timeout: settings.timeout, connectTimeout: settings.timeout, maximumBody: 65_536)
    if let path = settings.authorities { request.trust = .authorities(path) }
    if !settings.allowPrivate { request.reach = .publicAddresses }
    do throws(HTTPClientError) {
      let reply = try client.send(request)
      switch reply.status {
      case 200...299: return .taken(status: reply.status)
      // The receiver wants no more (Standard Webhooks, "Deliverability").
      case 410: return .abandoned(status: 410, reason: "the receiver is gone")
      default: return .refused(status: reply.status, reason: "status \(reply.status)")
      }
    } catch {
      return .refused(status: nil, reason: "\(error)")
    }
  }
}
