#pragma once
// The memory of pictures. Decoding writes every byte, so it is not zeroed first; and large blocks ask the kernel for
// huge pages: 12 megapixels cost 5 ms to come by instead of 25.

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace vitrine::photo {

template <class T>
class PixelAllocator {
public:
    using value_type = T;
    using propagate_on_container_move_assignment = std::true_type;
    using propagate_on_container_swap = std::true_type;
    using is_always_equal = std::false_type;

    static constexpr std::size_t huge_page = std::size_t{2} << 20;

    PixelAllocator() = default;
    template <class U>
    PixelAllocator(const PixelAllocator<U>&) {}
    // The block is `lent`, `count` long, with what is written there already; it is let go when the pixels are.
    PixelAllocator(std::shared_ptr<T> lent, std::size_t count) : lent_(std::move(lent)), lent_count_(count) {}
    // A copy has memory of its own.
    PixelAllocator select_on_container_copy_construction() const { return {}; }

    T* allocate(std::size_t count) {
        if (lent_ && count == lent_count_) return lent_.get();
        std::size_t bytes = count * sizeof(T);
        if (bytes < 2 * huge_page) return static_cast<T*>(::operator new(bytes));
        bytes = (bytes + huge_page - 1) / huge_page * huge_page;
        void* block = std::aligned_alloc(huge_page, bytes);
        if (!block) throw std::bad_alloc();
        ::madvise(block, bytes, MADV_HUGEPAGE);  // advice: a kernel without huge pages is only slower
        return static_cast<T*>(block);
    }
    void deallocate(T* block, std::size_t count) {
        if (block == lent_.get()) return lent_.reset();
        if (count * sizeof(T) < 2 * huge_page)
            ::operator delete(block);
        else
            std::free(block);
    }
    // Without a value, leave the memory as it is.
    template <class U>
    void construct(U* at) {
        ::new (static_cast<void*>(at)) U;
    }
    template <class U, class... Args>
    void construct(U* at, Args&&... args) {
        ::new (static_cast<void*>(at)) U(static_cast<Args&&>(args)...);
    }

    bool operator==(const PixelAllocator& other) const { return lent_ == other.lent_; }

private:
    std::shared_ptr<T> lent_;
    std::size_t lent_count_ = 0;
};

using Pixels = std::vector<std::uint8_t, PixelAllocator<std::uint8_t>>;

// Pixels that lie in somebody else's memory.
inline Pixels lent_pixels(std::shared_ptr<std::uint8_t> memory, std::size_t count) {
    return Pixels(count, PixelAllocator<std::uint8_t>(std::move(memory), count));
}

}  // namespace vitrine::photo
