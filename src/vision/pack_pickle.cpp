#include "vision/pack_pickle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace vitrine::vision {
namespace {

Error refused(std::size_t at, std::string what) {
    return Error{Kind::corrupt, "vision.pack_pickle", fmt::format("The weights file is not one that can be read: {} (byte {}).", what, at)};
}

// Values refer to each other by their place in one list, so that a hostile file cannot nest them deep enough to
// overflow the stack when they are taken apart.
using Ref = std::uint32_t;

struct Object {
    enum class Type { none, truth, whole, magic, text, tuple, list, dict, mark, global, storage, tensor } type = Type::none;
    std::int64_t whole = 0;    // truth, whole; storage: count of values; tensor: offset
    std::string_view text{};   // text, global (module and name), storage (its key): inside the file's bytes
    std::vector<Ref> items{};  // tuple, list, dict (key, value, key, value ...); tensor: storage, sizes, strides
    bool floats = false;       // storage
};
using Type = Object::Type;

constexpr std::string_view ordered_dict = "collections\nOrderedDict";
constexpr std::string_view rebuild_tensor = "torch._utils\n_rebuild_tensor_v2";
constexpr std::string_view float_storage = "torch\nFloatStorage";
constexpr std::string_view long_storage = "torch\nLongStorage";

constexpr std::size_t objects_max = 1'000'000;
constexpr std::string_view legacy_magic{"\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10};

class Unpickler {
public:
    explicit Unpickler(std::span<const std::uint8_t> file) : file_(file) {}

    // One pickle from where the last one stopped; its value.
    Result<Ref> next() {
        stack_.clear();
        memo_.clear();
        while (true) {
            auto opcode = TRY(byte());
            if (opcode == '.') return pop();
            TRY(step(opcode));
        }
    }

    const Object& operator[](Ref ref) const { return objects_[ref]; }
    std::size_t at() const { return at_; }

    Result<std::span<const std::uint8_t>> bytes(std::uint64_t count) {
        if (count > file_.size() - at_) return refused(at_, "it ends early");
        auto taken = file_.subspan(at_, static_cast<std::size_t>(count));
        at_ += static_cast<std::size_t>(count);
        return taken;
    }

    template <class T>
    Result<T> number() {
        auto raw = TRY(bytes(sizeof(T)));
        T value;
        std::memcpy(&value, raw.data(), sizeof(T));  // little-endian, as the file says and this processor is
        return value;
    }

private:
    Result<std::uint8_t> byte() { return number<std::uint8_t>(); }

    // The closed list: what PyTorch's own writer used for a state dict, in the words of Python's pickletools.
    Result<void> step(std::uint8_t opcode) {
        switch (opcode) {
            case 0x80: {  // PROTO
                auto protocol = TRY(byte());
                if (protocol != 2) return refused(at_, fmt::format("it is pickle protocol {}, not 2", protocol));
                return {};
            }
            case 'N':
                return push({.type = Type::none});
            case 0x88:
                return push({.type = Type::truth, .whole = 1});
            case 0x89:
                return push({.type = Type::truth, .whole = 0});
            case 'K':
                return push({.type = Type::whole, .whole = TRY(number<std::uint8_t>())});
            case 'M':
                return push({.type = Type::whole, .whole = TRY(number<std::uint16_t>())});
            case 'J':
                return push({.type = Type::whole, .whole = TRY(number<std::int32_t>())});
            case 0x8a: {  // LONG1: only the magic number is that long
                auto count = TRY(byte());
                auto raw = TRY(bytes(count));
                return push({.type = Type::magic, .text = {reinterpret_cast<const char*>(raw.data()), raw.size()}});
            }
            case 'X': {  // BINUNICODE
                auto raw = TRY(bytes(TRY(number<std::uint32_t>())));
                return push({.type = Type::text, .text = {reinterpret_cast<const char*>(raw.data()), raw.size()}});
            }
            case 'c':
                return global();
            case '(':
                return push({.type = Type::mark});
            case ')':
                return push({.type = Type::tuple});
            case ']':
                return push({.type = Type::list});
            case '}':
                return push({.type = Type::dict});
            case 't':
                return push({.type = Type::tuple, .items = TRY(pop_to_mark())});
            case 0x85:
                return push({.type = Type::tuple, .items = TRY(pop_some(1))});
            case 0x86:
                return push({.type = Type::tuple, .items = TRY(pop_some(2))});
            case 0x87:
                return push({.type = Type::tuple, .items = TRY(pop_some(3))});
            case 'q':
                return remember(TRY(number<std::uint8_t>()));
            case 'r':
                return remember(TRY(number<std::uint32_t>()));
            case 'h':
                return recall(TRY(number<std::uint8_t>()));
            case 'j':
                return recall(TRY(number<std::uint32_t>()));
            case 'e':
                return extend(Type::list, TRY(pop_to_mark()));  // APPENDS
            case 'u':
                return extend(Type::dict, TRY(pop_to_mark()));  // SETITEMS
            case 's':
                return extend(Type::dict, TRY(pop_some(2)));  // SETITEM
            case 'Q':
                return persistent();
            case 'R':
                return reduce();
            case 'b':
                TRY(pop());
                return {};  // BUILD: the module's own notes, not needed
            default:
                return refused(at_ - 1, fmt::format("it asks for step 0x{:02x}, which weights do not need", opcode));
        }
    }

    Result<void> push(Object object) {
        if (objects_.size() >= objects_max) return refused(at_, "it holds more values than any network");
        objects_.push_back(std::move(object));
        stack_.push_back(static_cast<Ref>(objects_.size() - 1));
        return {};
    }
    Result<Ref> pop() {
        if (stack_.empty()) return refused(at_, "it takes from an empty stack");
        auto top = stack_.back();
        stack_.pop_back();
        return top;
    }
    Result<std::vector<Ref>> pop_some(std::size_t count) {
        if (stack_.size() < count) return refused(at_, "it takes from an empty stack");
        std::vector<Ref> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
        stack_.resize(stack_.size() - count);
        return items;
    }
    Result<std::vector<Ref>> pop_to_mark() {
        auto mark = std::find_if(stack_.rbegin(), stack_.rend(), [&](Ref ref) { return objects_[ref].type == Type::mark; });
        if (mark == stack_.rend()) return refused(at_, "a mark is missing");
        std::vector<Ref> items(mark.base(), stack_.end());
        stack_.erase(mark.base() - 1, stack_.end());
        return items;
    }
    Result<void> remember(std::uint32_t place) {
        if (stack_.empty()) return refused(at_, "it remembers nothing");
        memo_[place] = stack_.back();
        return {};
    }
    Result<void> recall(std::uint32_t place) {
        auto found = memo_.find(place);
        if (found == memo_.end()) return refused(at_, "it recalls what it never kept");
        if (stack_.size() >= objects_max) return refused(at_, "it holds more values than any network");
        stack_.push_back(found->second);
        return {};
    }
    Result<void> extend(Type type, std::vector<Ref> items) {
        if (stack_.empty() || objects_[stack_.back()].type != type) return refused(at_, "it adds to what cannot hold anything");
        if (type == Type::dict && items.size() % 2 != 0) return refused(at_, "a key has no value");
        auto& into = objects_[stack_.back()].items;
        into.insert(into.end(), items.begin(), items.end());
        return {};
    }

    Result<void> global() {
        auto start = at_;
        for (int lines = 0; lines < 2;) lines += TRY(byte()) == '\n';
        std::string_view name(reinterpret_cast<const char*>(file_.data()) + start, at_ - start - 1);
        if (name != ordered_dict && name != rebuild_tensor && name != float_storage && name != long_storage)
            return refused(start, "it names a class that weights do not need");
        return push({.type = Type::global, .text = name});
    }

    // ("storage", class, key, location, count, view) -> a storage.
    Result<void> persistent() {
        const auto tuple = objects_[TRY(pop())];
        if (tuple.type != Type::tuple || tuple.items.size() != 6) return refused(at_, "a storage is described wrongly");
        const auto& [word, kind, key, count] =
            std::tie((*this)[tuple.items[0]], (*this)[tuple.items[1]], (*this)[tuple.items[2]], (*this)[tuple.items[4]]);
        if (word.type != Type::text || word.text != "storage" || kind.type != Type::global || key.type != Type::text ||
            count.type != Type::whole || count.whole < 0 || (kind.text != float_storage && kind.text != long_storage))
            return refused(at_, "a storage is described wrongly");
        return push({.type = Type::storage, .whole = count.whole, .text = key.text, .items = {}, .floats = kind.text == float_storage});
    }

    Result<void> reduce() {
        const auto arguments = objects_[TRY(pop())];
        const auto called = TRY(pop());
        if (objects_[called].type != Type::global || arguments.type != Type::tuple) return refused(at_, "it calls what is no class");
        auto name = objects_[called].text;
        if (name == ordered_dict && arguments.items.empty()) return push({.type = Type::dict});
        if (name == rebuild_tensor && arguments.items.size() == 6) {  // storage, offset, sizes, strides, gradient, hooks
            const auto& offset = (*this)[arguments.items[1]];
            if ((*this)[arguments.items[0]].type != Type::storage || offset.type != Type::whole ||
                (*this)[arguments.items[2]].type != Type::tuple || (*this)[arguments.items[3]].type != Type::tuple)
                return refused(at_, "a tensor is described wrongly");
            return push(
                {.type = Type::tensor, .whole = offset.whole, .items = {arguments.items[0], arguments.items[2], arguments.items[3]}});
        }
        return refused(at_, "it calls a class in a way that weights do not need");
    }

    std::span<const std::uint8_t> file_;
    std::size_t at_ = 0;
    std::vector<Object> objects_;
    std::vector<Ref> stack_;
    std::unordered_map<std::uint32_t, Ref> memo_;
};

struct Storage {
    std::span<const std::uint8_t> raw;
    bool floats = false;
};

// Copies the view row by row, by its strides.
Result<StateTensor> gather(const Unpickler& pickle, const Object& tensor, const Storage& storage) {
    auto wrong = [&] { return refused(pickle.at(), "a tensor reaches outside its storage"); };
    const auto count = static_cast<std::int64_t>(storage.raw.size() / sizeof(float));
    std::vector<std::int64_t> strides;
    StateTensor to;
    std::int64_t values = 1, last = tensor.whole;
    for (auto size : pickle[tensor.items[1]].items) to.shape.push_back(pickle[size].whole);
    for (auto stride : pickle[tensor.items[2]].items) strides.push_back(pickle[stride].whole);
    if (strides.size() != to.shape.size() || to.shape.size() > 8 || last < 0) return wrong();
    for (std::size_t side = 0; side < to.shape.size(); ++side) {
        if (to.shape[side] <= 0 || to.shape[side] > count || strides[side] <= 0 || strides[side] > count) return wrong();
        values *= to.shape[side];
        last += (to.shape[side] - 1) * strides[side];  // both at most 2^31: counts come from a file of that size
        if (values > count || last >= count) return wrong();
    }
    if (last >= count) return wrong();

    to.values.resize(static_cast<std::size_t>(values));
    std::vector<std::int64_t> place(to.shape.size(), 0);
    std::int64_t from = tensor.whole;
    for (auto& value : to.values) {
        std::memcpy(&value, storage.raw.data() + static_cast<std::size_t>(from) * sizeof(float), sizeof(float));
        for (auto side = to.shape.size(); side-- > 0;) {
            from += strides[side];
            if (++place[side] < to.shape[side]) break;
            from -= to.shape[side] * strides[side];
            place[side] = 0;
        }
    }
    return to;
}

}  // namespace

Result<std::map<std::string, StateTensor>> read_state_dict(std::span<const std::uint8_t> file) {
    Unpickler pickle(file);
    const auto magic = pickle[TRY(pickle.next())];
    if (magic.type != Type::magic || magic.text != legacy_magic)
        return refused(pickle.at(), "it does not begin as PyTorch's legacy format does");
    const auto protocol = pickle[TRY(pickle.next())];
    if (protocol.type != Type::whole || protocol.whole != 1001) return refused(pickle.at(), "its protocol is not 1001");
    TRY(pickle.next());  // the writer's system: sizes of C types, of which the format makes no use
    const auto state = pickle[TRY(pickle.next())];
    const auto keys = pickle[TRY(pickle.next())];
    if (state.type != Type::dict || keys.type != Type::list) return refused(pickle.at(), "it holds no state dict");

    // What each storage holds is said where tensors use it; how long it is, there and again before its values.
    std::map<std::string_view, bool> is_float;
    for (std::size_t entry = 1; entry < state.items.size(); entry += 2) {
        const auto& tensor = pickle[state.items[entry]];
        if (tensor.type != Type::tensor || pickle[state.items[entry - 1]].type != Type::text)
            return refused(pickle.at(), "an entry is no tensor");
        const auto& storage = pickle[tensor.items[0]];
        is_float[storage.text] = storage.floats;
    }
    std::map<std::string_view, Storage> storages;
    std::uint64_t floats = 0;
    for (auto key : keys.items) {
        auto name = pickle[key].text;
        auto kind = is_float.find(name);
        auto count = TRY(pickle.number<std::int64_t>());
        if (kind == is_float.end() || count < 0 || count > (1 << 30))
            return refused(pickle.at(), "a storage belongs to no tensor or is too long");
        auto raw = TRY(pickle.bytes(static_cast<std::uint64_t>(count) * (kind->second ? sizeof(float) : sizeof(std::int64_t))));
        storages[name] = {raw, kind->second};
        floats += kind->second ? static_cast<std::uint64_t>(count) : 0;
    }

    std::map<std::string, StateTensor> tensors;
    for (std::size_t entry = 0; entry + 1 < state.items.size(); entry += 2) {
        const auto& tensor = pickle[state.items[entry + 1]];
        auto storage = storages.find(pickle[tensor.items[0]].text);
        if (storage == storages.end()) return refused(pickle.at(), "a tensor's storage is missing");
        if (!storage->second.floats) continue;
        auto values = TRY(gather(pickle, tensor, storage->second));
        if (values.values.size() > floats) return refused(pickle.at(), "its tensors are larger than the file");
        floats -= values.values.size();
        tensors[std::string(pickle[state.items[entry]].text)] = std::move(values);
    }
    return tensors;
}

}  // namespace vitrine::vision
