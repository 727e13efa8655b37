#pragma once
// Counters, gauges and histograms for /metrics. A room keeps the references it is given; looking one up is not free.

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Registry;
}

namespace vitrine {

// Any thread. The references live as long as the Metrics.
class Metrics {
public:
    using Labels = std::map<std::string, std::string>;

    Metrics();
    ~Metrics();

    prometheus::Counter& counter(const std::string& name, const std::string& help, const Labels& = {});
    prometheus::Gauge& gauge(const std::string& name, const std::string& help, const Labels& = {});
    // Buckets in seconds, from 1 ms to 30 s.
    prometheus::Histogram& seconds(const std::string& name, const std::string& help, const Labels& = {});

    // The text exposition format.
    std::string text() const;

private:
    std::shared_ptr<prometheus::Registry> registry_;
};

}  // namespace vitrine
