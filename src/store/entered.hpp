#pragma once
// Inside this room only: which transactions this thread is in.

#include "core/result.hpp"

namespace vitrine::store {

// A write waits for its turn while its thread holds one, and a read may wait for the connection its thread holds itself:
// so one inside another of its kind, on one database and thread, is refused, and asserts.
class Entered {
public:
    Entered(const void* database, bool is_read);
    ~Entered();
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;
    // Errors: store.nested.
    Result<void> alone() const;

private:
    bool nested_;
};

}  // namespace vitrine::store
