#include "likeness/closeness.hpp"

#include <stdexcept>
#include <string>

#include "core/json.hpp"
#include "likeness_embedded.hpp"

namespace vitrine::likeness {
namespace {

constexpr Thresholds of_any_model{0.97, 0.95};

// As tools/closeness.py writes it.
struct Measured {
    std::string report;
    std::string model;
    double same_item = 0, same_style = 0;
};
BOOST_DESCRIBE_STRUCT(Measured, (), (report, model, same_item, same_style))

// It is compiled in, so what is wrong with it is a fault of the build.
Measured read_measured() {
    for (const auto& file : embedded_files())
        if (file.path == "data/closeness.json") {
            auto read = json::read<Measured>(json::parse(file.bytes).value());
            if (!read) throw std::logic_error("data/closeness.json: " + read.error().message);
            return *std::move(read);
        }
    throw std::logic_error("data/closeness.json is not there");
}

const Measured& measured() {
    static const Measured once = read_measured();
    return once;
}

}  // namespace

bool is_measured(std::string_view model_version) {
    return model_version == measured().model;
}

Thresholds thresholds_of(std::string_view model_version) {
    return is_measured(model_version) ? Thresholds{measured().same_item, measured().same_style} : of_any_model;
}

Closeness closeness_of(double cosine, const Thresholds& thresholds) {
    if (cosine >= thresholds.same_item) return Closeness::same_item;
    if (cosine >= thresholds.same_style) return Closeness::same_style;
    return Closeness::none;
}

}  // namespace vitrine::likeness
