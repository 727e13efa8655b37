#pragma once
// The memory of pictures. Decoding writes every byte, so it is not zeroed first; and large blocks ask the kernel for
// huge pages: 12 megapixels cost 5 ms to come by instead of 25.

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

namespace vitrine::photo {

template <class T>
struct PixelAllocator {
    using value_type = T;

    static constexpr std::size_t huge_page = std::size_t{2} << 20;

    PixelAllocator() = default;
    template <class U>
    PixelAllocator(const PixelAllocator<U>&) {}

    T* allocate(std::size_t count) {
        std::size_t bytes = count * sizeof(T);
        if (bytes < 2 * huge_page) return static_cast<T*>(::operator new(bytes));
        bytes = (bytes + huge_page - 1) / huge_page * huge_page;
        void* block = std::aligned_alloc(huge_page, bytes);
        if (!block) throw std::bad_alloc();
        ::madvise(block, bytes, MADV_HUGEPAGE);  // advice: a kernel without huge pages is only slower
        return static_cast<T*>(block);
    }
    void deallocate(T* block, std::size_t count) {
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

    bool operator==(const PixelAllocator&) const = default;
};

using Pixels = std::vector<std::uint8_t, PixelAllocator<std::uint8_t>>;

}  // namespace vitrine::photo
