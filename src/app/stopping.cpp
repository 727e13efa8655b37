#include "app/stopping.hpp"

#include <cstdlib>

#include "app/command.hpp"
#include "core/log.hpp"

namespace vitrine::app {

StopSignals::StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    signal(SIGPIPE, SIG_IGN);
}

bool StopSignals::comes_within(std::chrono::nanoseconds time) {
    auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const timespec limit{seconds.count(), (time - seconds).count()};
    return sigtimedwait(&signals_, nullptr, &limit) >= 0;
}

void StopSignals::wait(std::chrono::seconds pause, const std::function<void()>& now_and_then) {
    while (!comes_within(pause)) now_and_then();
}

void StopSignals::finish(queue::Workers& workers) {
    workers.request_stop();
    auto until = std::chrono::steady_clock::now() + stop_grace;
    while (!workers.has_stopped()) {
        if (!comes_within(std::chrono::milliseconds{20}) && std::chrono::steady_clock::now() < until) continue;
        workers.give_back_all();
        std::_Exit(Exit::done);
    }
    workers.stop();
}

}  // namespace vitrine::app
