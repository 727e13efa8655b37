#include "app/pack.hpp"

#include <vector>

#include "app_embedded.hpp"

namespace vitrine::app {

std::span<const EmbeddedFile> trained_heads() {
    static const auto heads = [] {
        std::vector<EmbeddedFile> made;
        for (const auto& file : embedded_files())
            if (file.path.starts_with("models/heads/")) made.push_back(file);
        return made;
    }();
    return heads;
}

std::unique_ptr<vision::Eyes> open_eyes(const Settings& settings, bool with_models, Metrics& metrics) {
    auto options = settings.eyes;
    options.models = with_models ? settings.models : std::filesystem::path();
    if (options.cache.empty()) options.cache = settings.models / "compiled";
    return vision::Eyes::open(options, trained_heads(), metrics);
}

}  // namespace vitrine::app
