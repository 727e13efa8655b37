#include <string_view>
#include <vector>

#include "photo/headers.hpp"
#include "photo/hevc_size.hpp"

namespace vitrine::photo {
namespace {

// ISO/IEC 14496-12, section 4.2: a box is a length, a four-letter type and a body.
struct Box {
    std::string_view type;
    Bytes body;
};

// The boxes that fill `from`. Errors: photo.truncated when one reaches past the end.
Result<std::vector<Box>> boxes(Bytes from) {
    std::vector<Box> found;
    for (std::size_t at = 0; at < from.size();) {
        Reader head(from.subspan(at));
        auto length = head.take(4);
        head.skip(4);
        if (length == 1) length = head.take(8);
        if (!head.ok()) return truncated();
        if (length == 0) length = from.size() - at;  // to the end of the file
        if (length < head.at()) return damaged();
        if (length > from.size() - at) return truncated();
        found.push_back({{reinterpret_cast<const char*>(from.data()) + at + 4, 4}, from.subspan(at + head.at(), length - head.at())});
        at += length;
    }
    return found;
}

const Box* find(const std::vector<Box>& in, std::string_view type) {
    for (const Box& box : in)
        if (box.type == type) return &box;
    return nullptr;
}

// The type of an item: "hvc1", "av01", "grid". Empty when it is not there.
Result<std::string_view> item_type(Bytes iinf, std::uint64_t id) {
    auto version = number(iinf, 0, 1, Order::big).value_or(0);
    auto head = std::size_t{4} + (version == 0 ? 2 : 4);
    if (head > iinf.size()) return damaged();
    for (const Box& entry : TRY(boxes(iinf.subspan(head)))) {
        Reader infe(entry.body);
        auto entry_version = infe.take(1);
        infe.skip(3);
        auto entry_id = infe.take(entry_version < 3 ? 2 : 4);
        infe.skip(2);
        if (entry.type == "infe" && entry_version >= 2 && entry_id == id && infe.ok() && infe.left() >= 4)
            return std::string_view(reinterpret_cast<const char*>(entry.body.data()) + infe.at(), 4);
    }
    return std::string_view();
}

// Which properties an item has, as indices from 1, in the order they apply.
Result<std::vector<std::uint64_t>> properties_of(Bytes ipma, std::uint64_t id) {
    Reader reader(ipma);
    auto version = reader.take(1);
    reader.skip(2);
    bool wide = reader.take(1) & 1;
    auto entries = reader.take(4);
    for (std::uint64_t i = 0; i < entries && reader.ok(); ++i) {
        auto entry_id = reader.take(version < 1 ? 2 : 4);
        std::vector<std::uint64_t> indices(reader.take(1));
        for (auto& index : indices) index = reader.take(wide ? 2 : 1) & (wide ? 0x7fff : 0x7f);
        if (reader.ok() && entry_id == id) return indices;
    }
    return damaged();
}

struct Place {
    Bytes first;  // the item's first extent
};

// Where an item's bytes lie. Every item's extents are checked against the file's end on the way.
Result<Place> locate(Bytes iloc, std::uint64_t id, Bytes file, Bytes idat) {
    Reader reader(iloc);
    auto version = reader.take(1);
    reader.skip(3);
    auto sizes = reader.take(2);
    auto offset_size = sizes >> 12 & 15, length_size = sizes >> 8 & 15, base_size = sizes >> 4 & 15, index_size = version ? sizes & 15 : 0;
    if (offset_size > 8 || length_size > 8 || base_size > 8 || index_size > 8) return damaged();
    if (offset_size + length_size == 0) return damaged();  // else the loops below could spin without reading
    auto items = reader.take(version < 2 ? 2 : 4);
    Place place;
    for (std::uint64_t i = 0; i < items && reader.ok(); ++i) {
        auto item = reader.take(version < 2 ? 2 : 4);
        auto construction = version ? reader.take(2) & 15 : 0;
        reader.skip(2);  // data reference: this file
        auto base = reader.take(base_size);
        auto extents = reader.take(2);
        for (std::uint64_t k = 0; k < extents && reader.ok(); ++k) {
            reader.skip(index_size);
            auto offset = reader.take(offset_size), length = reader.take(length_size);
            if (construction > 1) continue;
            Bytes whole = construction == 0 ? file : idat;
            if (base > whole.size() || offset > whole.size() - base || length > whole.size() - base - offset) return truncated();
            if (item == id && k == 0) place.first = whole.subspan(base + offset, length);
        }
    }
    if (!reader.ok()) return damaged();
    return place;
}

// ISO/IEC 23008-12, section 6.6.2.3: the canvas that tiles are laid on, which is what the decoder allocates.
Result<void> check_grid(Bytes grid, const Limits& limits) {
    constexpr std::int64_t tile_side_min = 64;
    Reader reader(grid);
    reader.skip(1);
    auto wide = reader.take(1) & 1 ? 4 : 2;
    auto rows = static_cast<std::int64_t>(reader.take(1)) + 1, columns = static_cast<std::int64_t>(reader.take(1)) + 1;
    auto width = static_cast<std::int64_t>(reader.take(wide)), height = static_cast<std::int64_t>(reader.take(wide));
    if (!reader.ok()) return damaged();
    TRY(check_size(columns * tile_side_min, rows * tile_side_min, limits));
    return check_size(width, height, limits);
}

// Every size that the decoder could be led to allocate, whether the photo itself uses it or not.
Result<void> check_properties(const std::vector<Box>& properties, const Limits& limits) {
    for (const Box& property : properties) {
        if (property.type == "ispe") {
            auto width = number(property.body, 4, 4, Order::big), height = number(property.body, 8, 4, Order::big);
            if (!height) return damaged();
            TRY(check_size(static_cast<std::int64_t>(*width), static_cast<std::int64_t>(*height), limits));
        } else if (property.type == "hvcC") {
            if (auto coded = hevc_size(property.body)) TRY(check_size(coded->width, coded->height, limits));
        }
    }
    return {};
}

}  // namespace

// ISO/IEC 23008-12 (HEIF). The size is that of the primary item after its own crop and turn, as libheif gives it.
Result<Header> read_heif_header(Bytes file, const Limits& limits) {
    auto top = TRY(boxes(file));
    std::string_view brand(reinterpret_cast<const char*>(file.data()) + 8, 4);
    if (brand == "hevc" || brand == "hevx" || brand == "msf1" || brand == "avis") return animated("an image sequence");

    const Box* meta = find(top, "meta");
    if (!meta) return truncated();
    if (meta->body.size() < 4) return damaged();
    auto inner = TRY(boxes(meta->body.subspan(4)));
    const Box *pitm = find(inner, "pitm"), *iinf = find(inner, "iinf"), *iloc = find(inner, "iloc"), *iprp = find(inner, "iprp"),
              *idat = find(inner, "idat");
    if (!pitm || !iinf || !iloc || !iprp) return damaged();
    auto property_boxes = TRY(boxes(iprp->body));
    const Box *ipco = find(property_boxes, "ipco"), *ipma = find(property_boxes, "ipma");
    if (!ipco || !ipma) return damaged();
    auto properties = TRY(boxes(ipco->body));
    TRY(check_properties(properties, limits));

    auto primary = number(pitm->body, 4, number(pitm->body, 0, 1, Order::big).value_or(0) == 0 ? 2 : 4, Order::big);
    if (!primary) return damaged();
    auto type = TRY(item_type(iinf->body, *primary));
    auto place = TRY(locate(iloc->body, *primary, file, idat ? idat->body : Bytes{}));
    if (type == "grid")
        TRY(check_grid(place.first, limits));
    else if (type != "hvc1" && type != "av01")
        return wrong_format("a HEIF picture of a kind that we do not read");
    auto format = type == "av01" || (type == "grid" && find(properties, "av1C")) ? Format::avif : Format::heic;

    std::int64_t width = 0, height = 0;
    for (auto index : TRY(properties_of(ipma->body, *primary))) {
        if (index == 0 || index > properties.size()) continue;
        const Box& property = properties[index - 1];
        Reader body(property.body);
        if (property.type == "ispe") {
            body.skip(4);
            width = static_cast<std::int64_t>(body.take(4));
            height = static_cast<std::int64_t>(body.take(4));
        } else if (property.type == "clap") {
            auto part = [&] {
                auto over = body.take(4), under = body.take(4);
                return under ? static_cast<std::int64_t>(over / under) : 0;
            };
            auto cropped_width = part(), cropped_height = part();
            width = std::min(width, cropped_width);
            height = std::min(height, cropped_height);
        } else if (property.type == "irot" && body.take(1) & 1) {
            std::swap(width, height);
        }
    }
    TRY(check_size(width, height, limits));
    return upright(format, width, height, 1);
}

}  // namespace vitrine::photo
