#include "vector/kernels.hpp"

#include <fmt/format.h>

namespace vitrine::vector {

std::span<const Kernels* const> all_kernels() {
    static const Kernels* const all[] = {
#if defined(__x86_64__)
        &avx512_kernels,
        &avx2_kernels,
#endif
        &portable_kernels
    };
    return all;
}

const Kernels& best_kernels() {
    static const Kernels& best = []() -> const Kernels& {
        for (const Kernels* kernels : all_kernels())
            if (kernels->runs_here()) return *kernels;
        return portable_kernels;
    }();
    return best;
}

Result<const Kernels*> kernels_named(std::string_view name) {
    if (name == "auto") return &best_kernels();
    std::string known = "auto";
    for (const Kernels* kernels : all_kernels()) {
        if (kernels->name == name) {
            if (kernels->runs_here()) return kernels;
            return Error{Kind::invalid, "vector.kernels",
                         fmt::format("This processor cannot run the {} kernels; \"auto\" takes the best it can.", name)};
        }
        known += fmt::format(", {}", kernels->name);
    }
    return Error{Kind::invalid, "vector.kernels", fmt::format("There are no kernels \"{}\"; there are {}.", name, known)};
}

}  // namespace vitrine::vector
