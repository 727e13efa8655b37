#include "app/background.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <string>
#include <thread>

#include "core/log.hpp"

namespace vitrine::app {
namespace {

constexpr int niceness = 10;  // more than the others: about a tenth of the time when everybody wants all of it

}  // namespace

void in_background(const std::function<void()>& work) {
    std::exception_ptr escaped;
    std::jthread([&] {
        errno = 0;
        if (::nice(niceness) == -1 && errno != 0) log::warn("background.not_nice", {{"reason", std::string(std::strerror(errno))}});
        try {
            work();
        } catch (...) {
            escaped = std::current_exception();
        }
    }).join();
    if (escaped) std::rethrow_exception(escaped);
}

}  // namespace vitrine::app
