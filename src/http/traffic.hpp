#pragma once
// What passes through the server, in numbers for /metrics and in one log line a request.

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include "core/guarded.hpp"
#include "core/metrics.hpp"
#include "http/message.hpp"

namespace vitrine::http {

// Any thread.
class Traffic {
public:
    explicit Traffic(Metrics&);

    // `operation` is of the route, so that the labels stay few; "page" and "none" for what is no route.
    void finished(const std::string& operation, const Request&, int status, std::chrono::duration<double>);

    // A client and we could not agree on TLS, for this reason.
    void handshake_failed(const std::string& reason, const std::string& peer);

    prometheus::Gauge& connections;
    prometheus::Gauge& in_flight;
    prometheus::Gauge& waiting;  // for the handler pool
    prometheus::Gauge& streams;  // SSE and WebSocket

private:
    using Key = std::tuple<std::string, Method, int>;
    Metrics& metrics_;
    prometheus::Counter& handshakes_failed_;
    Guarded<std::map<Key, prometheus::Counter*>> counters_;
    Guarded<std::map<std::string, prometheus::Histogram*>> seconds_;
};

}  // namespace vitrine::http
