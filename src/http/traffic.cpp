#include "http/traffic.hpp"

#include "core/log.hpp"

namespace vitrine::http {

Traffic::Traffic(Metrics& metrics)
    : connections(metrics.gauge("vitrine_http_connections", "Open connections.")),
      in_flight(metrics.gauge("vitrine_http_in_flight", "Requests being served.")),
      waiting(metrics.gauge("vitrine_http_queue_depth", "Requests waiting for a handler thread.")),
      streams(metrics.gauge("vitrine_http_streams", "Open event streams and WebSockets.")),
      metrics_(metrics),
      handshakes_failed_(metrics.counter("vitrine_http_handshakes_failed_total", "TLS handshakes that came to nothing.")) {}

// Scanners and phones that do not trust us yet come often, so the log keeps quiet unless it is asked.
void Traffic::handshake_failed(const std::string& reason, const std::string& peer) {
    handshakes_failed_.Increment();
    log::debug("http.handshake_failed", {{"reason", reason}, {"peer", peer}});
}

void Traffic::finished(const std::string& operation, const Request& request, int status, std::chrono::duration<double> took) {
    auto* counter = counters_.with([&](auto& counters) {
        auto& found = counters[{operation, request.method, status}];
        if (!found)
            found = &metrics_.counter(
                "vitrine_http_requests_total", "Requests answered.",
                {{"operation", operation}, {"method", std::string(name_of(request.method))}, {"status", std::to_string(status)}});
        return found;
    });
    auto* seconds = seconds_.with([&](auto& histograms) {
        auto& found = histograms[operation];
        if (!found)
            found = &metrics_.seconds("vitrine_http_request_seconds", "From a request's head to its answer's first byte.",
                                      {{"operation", operation}});
        return found;
    });
    counter->Increment();
    seconds->Observe(took.count());

    // The path may hold a person's words or an invitation's secret, so the line names the operation.
    auto level = status >= 500 ? log::Level::error : status >= 400 ? log::Level::info : log::Level::debug;
    log::Context context(request.request_id);
    log::write(level, "http.request",
               {{"operation", operation},
                {"method", std::string(name_of(request.method))},
                {"status", std::int64_t{status}},
                {"ms", took.count() * 1000},
                {"peer", request.peer}});
}

}  // namespace vitrine::http
