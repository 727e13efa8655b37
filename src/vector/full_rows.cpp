#include "vector/full_rows.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "vector/disk.hpp"

namespace vitrine::vector {

Result<std::shared_ptr<const Mapping>> Mapping::of_file(const std::filesystem::path& path) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe must not make us wait
    if (!file) return disk_error(errno, path);
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) return disk_error(errno, path);
    if (!S_ISREG(status.st_mode) || status.st_size == 0)
        return Error{Kind::corrupt, "vector.snapshot_damaged", "This is not a file that holds a snapshot.", path.string()};
    const auto size = static_cast<std::size_t>(status.st_size);
    void* at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.number(), 0);
    if (at == MAP_FAILED) return disk_error(errno, path);
    return std::make_shared<const Mapping>(at, size);
}

Result<std::shared_ptr<Mapping>> Mapping::of_zeros(std::size_t bytes, const Descriptor& file, std::size_t offset) {
    if (file) {
        // A page of a file without room on its disk kills whoever touches it, so the room is claimed before.
        if (int failed = ::posix_fallocate(file.number(), static_cast<off_t>(offset), static_cast<off_t>(bytes)))
            return disk_error(failed, {});
    }
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, file ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, file ? file.number() : -1,
                      static_cast<off_t>(offset));
    if (at == MAP_FAILED) return disk_error(errno, {});
    // Rows are read here and there; large pages spare a look-up of the address for each. Where there are none, nothing is lost.
    if (!file) (void)::madvise(at, bytes, MADV_HUGEPAGE);
    return std::make_shared<Mapping>(at, bytes);
}

Mapping::~Mapping() {
    ::munmap(at_, size_);
}

FullRows::FullRows(std::size_t width, std::filesystem::path folder)
    : width_(width), folder_(std::move(folder)), slots_(std::make_shared<const Slots>(width)) {}

void FullRows::begin_with(const float* rows, std::size_t count, std::shared_ptr<const Mapping> kept_by) {
    auto slots = std::make_shared<Slots>(width_);
    for (std::size_t first = 0; first < count; first += Slots::segment_rows) slots->add(rows + first * width_, kept_by);
    writable_.assign(slots->size() / Slots::segment_rows, nullptr);
    slots_ = std::move(slots);
}

Result<std::uint32_t> FullRows::take() {
    if (free_.empty()) TRY(grow());
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
}

void FullRows::write(std::uint32_t slot, std::span<const float> vector) {
    float* row = writable_[slot / Slots::segment_rows] + slot % Slots::segment_rows * width_;
    std::copy(vector.begin(), vector.end(), row);
    std::fill(row + vector.size(), row + width_, 0.0f);
}

Result<void> FullRows::grow() {
    if (!folder_.empty() && !file_) {
        file_ = Descriptor(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
        if (!file_) return disk_error(errno, folder_);
    }
    const std::size_t bytes = Slots::segment_rows * width_ * sizeof(float);  // whole pages: 4,096 rows
    auto segment = TRY(Mapping::of_zeros(bytes, file_, file_size_));
    if (file_) file_size_ += bytes;
    auto* rows = reinterpret_cast<float*>(segment->data());
    const auto first = static_cast<std::uint32_t>(slots_->size());
    auto slots = std::make_shared<Slots>(*slots_);
    slots->add(rows, std::move(segment));
    slots_ = std::move(slots);
    writable_.push_back(rows);
    for (std::size_t i = Slots::segment_rows; i > 0; --i) free_.push_back(first + static_cast<std::uint32_t>(i - 1));
    return {};
}

}  // namespace vitrine::vector
