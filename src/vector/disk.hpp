#pragma once
// Inside this room only: what the disk refused, as an error, and files that appear whole or not at all.

#include <filesystem>
#include <span>
#include <string>

#include "core/descriptor.hpp"
#include "core/result.hpp"

namespace vitrine::vector {

// vector.missing, vector.disk_full, or vector.disk with what the system said.
Error disk_error(int code, const std::filesystem::path&);

// A file that gets its name when it is finished, in place of what had it; until then it has none and is gone when its
// writer is.
class NewFile {
public:
    static Result<NewFile> in(const std::filesystem::path& path);

    Result<void> write(std::span<const std::uint8_t>);
    Result<void> write_at(std::size_t offset, std::span<const std::uint8_t>);
    // On the disk, under its name, after this; a failed fsync ends the process (core/durable.hpp).
    Result<void> finish();

    ~NewFile();
    NewFile(NewFile&&) noexcept = default;
    NewFile& operator=(NewFile&&) = delete;

private:
    NewFile(std::filesystem::path path, std::string temporary, Descriptor file)
        : path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)) {}

    std::filesystem::path path_;
    std::string temporary_;
    Descriptor file_;
    std::size_t size_ = 0;
};

}  // namespace vitrine::vector
