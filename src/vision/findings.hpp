#pragma once
// What the models found in a photo: one described struct a task, which is also how it is stored as JSON.
// Boxes are [x, y, w, h] in pixels of the upright original; shares and confidences are 0..1.

#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::vision {

using Box = std::vector<double>;  // x, y, w, h

struct Guess {
    std::string name;
    double p = 0;
};
BOOST_DESCRIBE_STRUCT(Guess, (), (name, p))

// A calibrated choice. `value` is absent below the head's measured threshold: "not sure".
struct Choice {
    std::optional<std::string> value;
    double confidence = 0;   // of the best guess
    std::vector<Guess> top;  // best first, up to 5
};
BOOST_DESCRIBE_STRUCT(Choice, (), (value, confidence, top))

struct Embedding {
    std::vector<float> vector;  // 1280, L2-normalised
};
BOOST_DESCRIBE_STRUCT(Embedding, (), (vector))

// What kind of thing: value is "clothing", "grocery" or "other".
struct Kinds {
    Choice kind;
    Choice category;              // 17 clothing classes, in the data's spelling; top is filled whatever the kind
    Choice product;               // 81 grocery products
    std::vector<Guess> imagenet;  // the network's own classes: name is the class index as text
};
BOOST_DESCRIBE_STRUCT(Kinds, (), (kind, category, product, imagenet))

struct Object {
    std::string name;  // COCO 80
    double confidence = 0;
    Box box;
};
BOOST_DESCRIBE_STRUCT(Object, (), (name, confidence, box))
struct Objects {
    std::vector<Object> objects;
};
BOOST_DESCRIBE_STRUCT(Objects, (), (objects))

struct TextLine {
    std::string text;
    double confidence = 0;
    Box box;
    std::vector<double> quad;  // x0 y0 .. x3 y3, clockwise from the line's top left
};
BOOST_DESCRIBE_STRUCT(TextLine, (), (text, confidence, box, quad))
struct Text {
    std::vector<TextLine> lines;
    int boxes_found = 0;    // by detection
    int boxes_skipped = 0;  // by the gate: not worth recognising
};
BOOST_DESCRIBE_STRUCT(Text, (), (lines, boxes_found, boxes_skipped))

// A part of the photo that may be a thing by itself, and what it looks like when only it is looked at.
struct Region {
    Box box;
    double share = 0;           // of the picture
    std::vector<float> vector;  // as Embedding
};
BOOST_DESCRIBE_STRUCT(Region, (), (box, share, vector))
struct Regions {
    std::vector<Region> regions;  // largest first; none when the thing fills the picture
};
BOOST_DESCRIBE_STRUCT(Regions, (), (regions))

struct Colour {
    double l = 0, a = 0, b = 0;  // CIELAB, D65
    double share = 0;            // of the foreground
};
BOOST_DESCRIBE_STRUCT(Colour, (), (l, a, b, share))
struct Colours {
    std::vector<Colour> colours;  // largest share first, up to 5
    double foreground = 0;        // share of the picture taken as the thing itself
};
BOOST_DESCRIBE_STRUCT(Colours, (), (colours, foreground))

struct Face {
    double confidence = 0;
    Box box;
};
BOOST_DESCRIBE_STRUCT(Face, (), (confidence, box))
struct Moderation {
    double nudity = 0;
    std::vector<Face> faces;
    std::vector<Face> people;
};
BOOST_DESCRIBE_STRUCT(Moderation, (), (nudity, faces, people))

// Whether the picture itself is fit: for the rule pack.
struct Quality {
    double sharpness = 0;   // variance of the Laplacian at 512 px
    double brightness = 0;  // mean L, 0..100
};
BOOST_DESCRIBE_STRUCT(Quality, (), (sharpness, brightness))

// All findings of one photo. A task that could not run is absent, and `failed` says why (task name -> sentence).
struct Findings {
    std::optional<Embedding> embedding;
    std::optional<Regions> regions;
    std::optional<Kinds> kinds;
    std::optional<Objects> objects;
    std::optional<Text> text;
    std::optional<Colours> colours;
    std::optional<Moderation> moderation;
    std::optional<Quality> quality;
    std::map<std::string, std::string> failed;
    std::map<std::string, double> ms;  // stage -> milliseconds spent now; 0 for what came from the store
};

}  // namespace vitrine::vision
