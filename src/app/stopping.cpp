#include "app/stopping.hpp"

#include <unistd.h>

#include <cstdlib>

#include "app/command.hpp"
#include "core/log.hpp"

namespace vitrine::app {

StopSignals::StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGHUP);
    from_terminal_ = ::isatty(STDERR_FILENO) == 1;
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    signal(SIGPIPE, SIG_IGN);
}

StopSignals::Came StopSignals::comes_within(std::chrono::nanoseconds time) {
    auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const timespec limit{seconds.count(), (time - seconds).count()};
    auto signal = sigtimedwait(&signals_, nullptr, &limit);
    if (signal < 0) return Came::nothing;
    return signal == SIGHUP && !from_terminal_ ? Came::look_again : Came::end;
}

void StopSignals::wait(std::chrono::seconds pause, const std::function<void()>& now_and_then, const std::function<void()>& look_again) {
    for (auto came = comes_within(pause); came != Came::end; came = comes_within(pause))
        came == Came::look_again ? look_again() : now_and_then();
}

void StopSignals::finish(queue::Workers& workers) {
    workers.request_stop();
    auto until = std::chrono::steady_clock::now() + stop_grace;
    while (!workers.has_stopped()) {
        if (comes_within(std::chrono::milliseconds{20}) != Came::end && std::chrono::steady_clock::now() < until) continue;
        workers.give_back_all();
        std::_Exit(Exit::done);
    }
    workers.stop();
}

}  // namespace vitrine::app
