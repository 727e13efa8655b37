#pragma once
// Callers of one moment are served together, by one of them. What costs by the journey and by the COMMIT is then paid once.
//
//   waits --the group before is through--> leads: serves all who wait, itself among them --> all are answered

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace vitrine::store {

// Any thread.
template <class Item>
class Together {
public:
    using Group = std::vector<Item*>;

    // Returns once the item has been served. `serve(group)` is called for one group at a time, on the thread of one of its
    // callers; when it throws, that one hears of it and the others find their items as they were.
    // `alike(one, other)`: whether the two may be in one group.
    template <class Alike, class Serve>
    void join(Item& item, Alike alike, Serve serve) {
        Caller self{&item};
        auto callers = wait_to_lead(self, alike);
        if (callers.empty()) return;
        struct Answer {
            Together& all;
            const std::vector<Caller*>& callers;
            ~Answer() { all.answer(callers); }
        } answered{*this, callers};
        Group group;
        for (auto* caller : callers) group.push_back(caller->item);
        serve(group);
    }

private:
    enum class State { waiting, leading, answered };
    // Lives on the stack of the thread that called join().
    struct Caller {
        Item* item;
        State state = State::waiting;  // by mutex_
        std::condition_variable changed{};
    };

    // Those this caller is to serve, itself among them; nobody when another has served it.
    template <class Alike>
    std::vector<Caller*> wait_to_lead(Caller& self, Alike alike) {
        std::unique_lock lock(mutex_);
        waiting_.push_back(&self);
        came_.notify_one();
        if (busy_) self.changed.wait(lock, [&] { return self.state != State::waiting; });
        if (self.state == State::answered) return {};
        busy_ = true;
        // Who were answered together often come back together; one that went ahead would make two journeys of one.
        came_.wait_for(lock, company_max, [&] { return waiting_.size() >= last_group_; });
        auto others =
            std::stable_partition(waiting_.begin(), waiting_.end(), [&](const Caller* one) { return alike(*one->item, *self.item); });
        std::vector<Caller*> group(waiting_.begin(), others);
        waiting_.erase(waiting_.begin(), others);
        last_group_ = group.size();
        return group;
    }

    // A caller may return, and be gone, as soon as the lock is released after this.
    void answer(const std::vector<Caller*>& group) {
        std::scoped_lock lock(mutex_);
        for (auto* caller : group) {
            caller->state = State::answered;
            caller->changed.notify_one();
        }
        busy_ = !waiting_.empty();
        if (!busy_) return;
        waiting_.front()->state = State::leading;
        waiting_.front()->changed.notify_one();
    }

    static constexpr std::chrono::microseconds company_max{200};  // about what a short journey takes

    std::mutex mutex_;
    // By mutex_.
    std::vector<Caller*> waiting_;
    bool busy_ = false;           // somebody leads
    std::size_t last_group_ = 0;  // how many were served together
    std::condition_variable came_;
};

}  // namespace vitrine::store
