"""Draws one garment's label flat: woven neck labels, care strips, swing tags, jeans patches, printed neck marks."""

from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from words import COUNTRIES, LANGUAGES, MADE_IN, Garment

# Files of Debian's font packages (README.md); brands are set in the showy ones, small print in the plain ones.
SHOWY = (
    "opentype/bebas-neue/BebasNeue-Regular.otf", "opentype/cabin/Cabin-Bold.otf", "opentype/didot/GFSDidotBold.otf",
    "opentype/dosis/Dosis-SemiBold.otf", "opentype/ebgaramond/EBGaramond12-Regular.otf", "opentype/league-spartan/LeagueSpartan-Bold.otf",
    "opentype/urw-base35/URWGothic-Demi.otf", "opentype/urw-base35/URWBookman-Demi.otf", "opentype/urw-base35/P052-BoldItalic.otf",
    "opentype/urw-base35/NimbusSansNarrow-Bold.otf", "truetype/comfortaa/Comfortaa-Bold.ttf", "truetype/lato/Lato-Black.ttf",
    "truetype/lato/Lato-Light.ttf", "truetype/liberation/LiberationSerif-Bold.ttf", "truetype/quicksand/Quicksand-Bold.ttf",
    "truetype/roboto/unhinted/RobotoTTF/Roboto-Bold.ttf", "truetype/open-sans/OpenSans-ExtraBold.ttf",
)
PLAIN = (
    "truetype/dejavu/DejaVuSans.ttf", "truetype/dejavu/DejaVuSansCondensed.ttf", "truetype/liberation/LiberationSans-Regular.ttf",
    "truetype/liberation/LiberationSans-Bold.ttf", "truetype/freefont/FreeSans.ttf", "truetype/lato/Lato-Regular.ttf",
    "truetype/open-sans/OpenSans-Regular.ttf", "truetype/roboto/unhinted/RobotoTTF/Roboto-Regular.ttf", "opentype/inter/Inter-Regular.otf",
    "opentype/urw-base35/NimbusSans-Regular.otf",
)
FONTS = "/usr/share/fonts"

Colour = tuple[int, int, int]
WOVEN: tuple[tuple[Colour, Colour], ...] = (  # ground, thread
    ((24, 24, 26), (235, 235, 232)), ((240, 238, 232), (28, 28, 30)), ((22, 34, 70), (236, 230, 214)),
    ((120, 22, 30), (244, 240, 234)), ((226, 216, 196), (60, 40, 30)), ((60, 62, 66), (220, 220, 220)),
    ((16, 72, 58), (232, 226, 200)), ((246, 246, 246), (150, 30, 40)),
)
SATIN: tuple[tuple[Colour, Colour], ...] = (((247, 247, 244), (30, 30, 34)), ((236, 236, 236), (20, 20, 20)), ((28, 28, 30), (232, 232, 232)))
CARD: tuple[tuple[Colour, Colour], ...] = (((196, 160, 118), (40, 28, 20)), ((250, 250, 248), (16, 16, 18)), ((30, 30, 32), (246, 246, 244)), ((232, 224, 210), (30, 40, 60)))
HIDE: tuple[tuple[Colour, Colour], ...] = (((150, 96, 56), (58, 30, 14)), ((110, 66, 38), (30, 16, 8)), ((188, 140, 92), (90, 40, 20)))


@dataclass
class Drawn:
    picture: Image.Image  # RGBA: outside of the label is transparent
    kind: str


def draw(garment: Garment, random: Random) -> Drawn:
    kinds = [_neck, _neck, _care, _care, _tag, _print]
    if garment.size.system == "waist_length":
        kinds = [_patch, _patch, _neck, _care, _tag]
    kind = random.choice(kinds)
    picture = kind(garment, random)
    return Drawn(_worn(picture, random), kind.__name__.strip("_"))


def _font(file: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(f"{FONTS}/{file}", max(8, round(size)))


def _fit(text: str, file: str, width: float, height: float) -> ImageFont.FreeTypeFont:
    """The largest size at which the text fits the box."""
    font = _font(file, height)
    left, _, right, _ = font.getbbox(text)
    return _font(file, height * min(1.0, width / max(1, right - left)))


class _Sheet:
    """A label being filled from top to bottom, drawn at the size it will have in a large photo."""

    def __init__(self, width: int, height: int, colours: tuple[Colour, Colour]) -> None:
        self.ground, self.ink = colours
        self.picture = Image.new("RGBA", (width, height), (*self.ground, 255))
        self.pen = ImageDraw.Draw(self.picture)
        self.y = 0.0

    def line(self, text: str, font: ImageFont.FreeTypeFont, gap: float, align: str = "centre", left: float = 0.06) -> None:
        width = self.picture.width
        x = {"centre": width / 2, "left": width * left, "right": width * (1 - left)}[align]
        anchor = {"centre": "ma", "left": "la", "right": "ra"}[align]
        self.pen.text((x, self.y), text, font=font, fill=(*self.ink, 255), anchor=anchor)
        box = self.pen.textbbox((x, self.y), text, font=font, anchor=anchor)
        self.y = box[3] + gap

    def cropped(self, bottom: float) -> Image.Image:
        return self.picture.crop((0, 0, self.picture.width, min(self.picture.height, round(self.y + bottom))))


def _brand_case(brand: str, random: Random) -> str:
    return random.choice((brand, brand.upper(), brand.upper()))


def _neck(garment: Garment, random: Random) -> Image.Image:
    """A woven label: the brand large, the size below or on a tab at its side, often the country."""
    sheet = _Sheet(900, 900, random.choice(WOVEN))
    sheet.y = 60
    sheet.line(_brand_case(garment.brand, random), _fit(garment.brand.upper(), random.choice(SHOWY), 780, random.choice((120, 150, 190))), 44)
    plain = random.choice(PLAIN)
    for line in garment.size.lines:
        sheet.line(line, _fit(line, plain, 760, random.choice((60, 76, 92))), 24)
    if random.random() < 0.5:
        sheet.line(f"MADE IN {garment.country}", _font(plain, 36), 16)
    return sheet.cropped(50)


def _print(garment: Garment, random: Random) -> Image.Image:
    """Printed straight on the cloth inside the neck: no label at all."""
    sheet = _Sheet(900, 1100, random.choice((((255, 255, 255), (24, 24, 28)), ((0, 0, 0), (226, 226, 222)))))
    sheet.picture = Image.new("RGBA", (900, 1100), (*sheet.ink, 0))
    sheet.pen = ImageDraw.Draw(sheet.picture)
    sheet.y = 30
    sheet.line(_brand_case(garment.brand, random), _fit(garment.brand.upper(), random.choice(SHOWY), 820, 150), 40)
    plain = random.choice(PLAIN)
    for line in garment.size.lines:
        sheet.line(line, _fit(line, plain, 700, 110), 30)
    for line in garment.composition(garment.languages[0]):
        sheet.line(line, _font(plain, 46), 14)
    sheet.line(f"MADE IN {garment.country}", _font(plain, 46), 14)
    return sheet.cropped(30)


def _care(garment: Garment, random: Random) -> Image.Image:
    """A satin strip from the side seam: brand and size on top, then materials and washing in several languages."""
    sheet = _Sheet(700, 2600, random.choice(SATIN))
    align = random.choice(("centre", "left"))
    plain = random.choice(PLAIN)
    small = random.choice((38, 44, 50))
    sheet.y = 60
    sheet.line(_brand_case(garment.brand, random), _fit(garment.brand.upper(), random.choice(SHOWY), 600, 110), 34, align)
    for line in garment.size.lines:
        sheet.line(line, _fit(line, plain, 600, 80), 20, align)
    sheet.y += 24
    for language in garment.languages:
        for line in garment.composition(language):
            sheet.line(line, _fit(line, plain, 610, small), 8, align)
    sheet.y += 20
    for line in garment.washing[: random.randint(2, 9)]:
        sheet.line(line, _fit(line, plain, 610, small * 0.9), 8, align)
    _symbols(sheet, random)
    made = MADE_IN[LANGUAGES.index(garment.languages[0])].format(garment.country if garment.country in COUNTRIES else "EU")
    sheet.line(made, _fit(made, plain, 610, small), 8, align)
    if random.random() < 0.6:
        sheet.line(f"ART. {garment.article}", _font(plain, small * 0.9), 8, align)
    return sheet.cropped(60)


def _tag(garment: Garment, random: Random) -> Image.Image:
    """A swing tag of card: brand, size in a frame, article, price, bars."""
    sheet = _Sheet(800, 1500, random.choice(CARD))
    sheet.pen.ellipse((375, 40, 425, 90), fill=(90, 90, 90, 255))
    sheet.y = 160
    sheet.line(_brand_case(garment.brand, random), _fit(garment.brand.upper(), random.choice(SHOWY), 680, 150), 90)
    plain = random.choice(PLAIN)
    top = sheet.y - 24
    for line in garment.size.lines:
        sheet.line(line, _fit(line, plain, 600, 96), 22)
    sheet.pen.rectangle((70, top, 730, sheet.y + 10), outline=(*sheet.ink, 255), width=4)
    sheet.y += 60
    sheet.line(f"REF. {garment.article}", _font(plain, 46), 20)
    sheet.line(f"€ {random.randint(9, 120)},{random.choice(('00', '95', '99'))}", _font(plain, 84), 40)
    x = 120.0
    while x < 680:
        bar = random.choice((3, 5, 8))
        sheet.pen.rectangle((x, sheet.y, x + bar, sheet.y + 120), fill=(*sheet.ink, 255))
        x += bar + random.choice((4, 6, 9))
    sheet.y += 130
    sheet.line(str(random.randint(10**12, 10**13 - 1)), _font(plain, 40), 10)
    return sheet.cropped(60)


def _patch(garment: Garment, random: Random) -> Image.Image:
    """The leather patch of a pair of jeans."""
    sheet = _Sheet(1000, 800, random.choice(HIDE))
    sheet.y = 90
    sheet.line(_brand_case(garment.brand, random), _fit(garment.brand.upper(), random.choice(SHOWY), 840, 200), 60)
    plain = random.choice(PLAIN)
    line = "   ".join(garment.size.lines)
    sheet.line(line, _fit(line, plain, 800, 110), 20)
    picture = sheet.cropped(80)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((24, 24, picture.width - 24, picture.height - 24), outline=(216, 176, 110, 255), width=5)
    return picture


def _symbols(sheet: _Sheet, random: Random) -> None:
    """The five washing symbols, roughly: they must not be taken for letters."""
    size, y = 70, sheet.y + 24
    x = sheet.picture.width / 2 - 2.6 * size
    ink = (*sheet.ink, 255)
    for index in range(5):
        box = (x, y, x + size, y + size)
        match index:
            case 0:
                sheet.pen.line([(x, y + 14), (x + 8, y + size), (x + size - 8, y + size), (x + size, y + 14)], fill=ink, width=4)
            case 1:
                sheet.pen.polygon([(x + size / 2, y), (x + size, y + size), (x, y + size)], outline=ink, width=4)
            case 2:
                sheet.pen.rectangle(box, outline=ink, width=4)
                sheet.pen.ellipse((x + 8, y + 8, x + size - 8, y + size - 8), outline=ink, width=4)
            case 3:
                sheet.pen.polygon([(x, y + size), (x + 14, y + 30), (x + size, y + 30), (x + size, y + size)], outline=ink, width=4)
            case _:
                sheet.pen.ellipse(box, outline=ink, width=4)
        if random.random() < 0.3:
            sheet.pen.line([(x, y), (x + size, y + size)], fill=ink, width=4)
        x += size * 1.3
    sheet.y = y + size + 30


def _worn(picture: Image.Image, random: Random) -> Image.Image:
    """Weave and wear: no label is one flat colour, and threads are not perfectly sharp."""
    grain = np.random.default_rng(random.getrandbits(32))
    pixels = np.asarray(picture).astype(np.float32)
    height, width = pixels.shape[:2]
    rows = grain.normal(0, random.uniform(1, 5), (height, 1, 1))
    columns = grain.normal(0, random.uniform(1, 5), (1, width, 1))
    pixels[..., :3] = np.clip(pixels[..., :3] + rows + columns + grain.normal(0, 3, (height, width, 1)), 0, 255)
    worn = Image.fromarray(pixels.astype(np.uint8), "RGBA")
    return worn.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.6)))
