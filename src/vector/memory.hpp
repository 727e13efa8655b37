#pragma once
// Inside this room only: memory for long runs of numbers, on the processor's cache lines.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace vitrine::vector {

// `size` numbers, zero at first; copied whole.
template <class Number>
class Memory {
public:
    explicit Memory(std::size_t size) : size_(size), numbers_(new(line) Number[size]()) {}
    Memory(const Memory& from) : size_(from.size_), numbers_(new(line) Number[from.size_]) { std::copy_n(from.data(), size_, data()); }
    Memory& operator=(const Memory&) = delete;

    Number* data() { return numbers_.get(); }
    const Number* data() const { return numbers_.get(); }
    std::size_t size() const { return size_; }

private:
    static constexpr std::align_val_t line{64};
    struct Free {
        void operator()(Number* numbers) const { ::operator delete[](numbers, line); }
    };
    std::size_t size_;
    std::unique_ptr<Number[], Free> numbers_;
};

}  // namespace vitrine::vector
