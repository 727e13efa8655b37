#pragma once
// Drafting stands back for people: where both want the processor, whoever asks over HTTP gets it first.

#include <functional>

namespace vitrine::app {

// Runs `work` on a thread of lower priority and returns when it is through. Threads that it starts have that priority too,
// and theirs (Linux keeps niceness by thread), so what opens models or starts workers is enclosed in this. On an idle
// machine it makes no difference.
void in_background(const std::function<void()>& work);

}  // namespace vitrine::app
