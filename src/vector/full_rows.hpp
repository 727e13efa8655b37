#pragma once
// Inside this room only: the full vectors, which only the last step of a search reads.
//
// A vector lies in a numbered slot and never moves. Slots are in segments: those of a snapshot are mapped from its file
// and only read; later ones are mapped from a file without a name in the same folder, so that the kernel may write them
// out and let go of the memory, or are plain memory when there is no folder.

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "core/descriptor.hpp"
#include "core/result.hpp"

namespace vitrine::vector {

// Bytes of a file, or of memory, mapped for as long as it lives.
class Mapping {
public:
    // The whole file, to be read. Errors: vector.missing, vector.disk.
    static Result<std::shared_ptr<const Mapping>> of_file(const std::filesystem::path&);
    // `bytes` of zeros to be written; of the file from `offset` on, whose room is claimed on the disk first, or of memory
    // when there is no file. Errors: vector.disk_full, vector.disk.
    static Result<std::shared_ptr<Mapping>> of_zeros(std::size_t bytes, const Descriptor& file, std::size_t offset);

    Mapping(void* at, std::size_t size) : at_(static_cast<std::uint8_t*>(at)), size_(size) {}
    ~Mapping();
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    std::uint8_t* data() { return at_; }
    std::span<const std::uint8_t> bytes() const { return {at_, size_}; }

private:
    std::uint8_t* at_;
    std::size_t size_;
};

// What a reader holds: where every slot lies, and the mappings that keep it there.
class Slots {
public:
    static constexpr std::size_t segment_rows = 4096;

    explicit Slots(std::size_t width) : width_(width) {}
    const float* row(std::uint32_t slot) const { return segments_[slot / segment_rows].rows + slot % segment_rows * width_; }
    std::size_t size() const { return segments_.size() * segment_rows; }

    void add(const float* rows, std::shared_ptr<const Mapping> kept_by) { segments_.push_back({rows, std::move(kept_by)}); }

private:
    struct Segment {
        const float* rows;
        std::shared_ptr<const Mapping> kept_by;
    };
    std::size_t width_;
    std::vector<Segment> segments_;
};

// The writer's side. Not for several threads at once.
class FullRows {
public:
    // `width` is padded. An empty folder: plain memory.
    FullRows(std::size_t width, std::filesystem::path folder);

    // The first `count` slots are rows that lie in a snapshot's mapping.
    void begin_with(const float* rows, std::size_t count, std::shared_ptr<const Mapping> kept_by);

    // A slot nobody reads. Errors: vector.disk_full, vector.disk.
    Result<std::uint32_t> take();
    // The caller says when no reader can reach the slot any more. A snapshot's slots are not used again.
    void give_back(std::uint32_t slot) {
        if (writable_[slot / Slots::segment_rows] != nullptr) free_.push_back(slot);
    }
    // Of a slot that was taken.
    void write(std::uint32_t slot, std::span<const float> vector);

    std::shared_ptr<const Slots> slots() const { return slots_; }

private:
    Result<void> grow();

    std::size_t width_;
    std::filesystem::path folder_;
    Descriptor file_;
    std::size_t file_size_ = 0;
    std::shared_ptr<const Slots> slots_;
    std::vector<float*> writable_;  // a segment each; none where a snapshot lies
    std::vector<std::uint32_t> free_;
};

}  // namespace vitrine::vector
