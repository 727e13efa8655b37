"""What garment labels say: sizes in several systems, materials and washing in several languages."""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

LANGUAGES = ("en", "it", "fr", "de", "es")

FIBRES = {
    "cotton": ("COTTON", "COTONE", "COTON", "BAUMWOLLE", "ALGODÓN"),
    "polyester": ("POLYESTER", "POLIESTERE", "POLYESTER", "POLYESTER", "POLIÉSTER"),
    "elastane": ("ELASTANE", "ELASTAN", "ÉLASTHANNE", "ELASTHAN", "ELASTANO"),
    "viscose": ("VISCOSE", "VISCOSA", "VISCOSE", "VISKOSE", "VISCOSA"),
    "wool": ("WOOL", "LANA", "LAINE", "WOLLE", "LANA"),
    "polyamide": ("POLYAMIDE", "POLIAMMIDE", "POLYAMIDE", "POLYAMID", "POLIAMIDA"),
    "acrylic": ("ACRYLIC", "ACRILICO", "ACRYLIQUE", "POLYACRYL", "ACRÍLICO"),
    "linen": ("LINEN", "LINO", "LIN", "LEINEN", "LINO"),
    "silk": ("SILK", "SETA", "SOIE", "SEIDE", "SEDA"),
    "leather": ("LEATHER", "PELLE", "CUIR", "LEDER", "PIEL"),
}
BLENDS = (
    (("cotton", 100),),
    (("polyester", 100),),
    (("linen", 100),),
    (("wool", 100),),
    (("silk", 100),),
    (("viscose", 100),),
    (("cotton", 98), ("elastane", 2)),
    (("cotton", 95), ("elastane", 5)),
    (("cotton", 60), ("polyester", 40)),
    (("cotton", 80), ("polyester", 20)),
    (("polyester", 65), ("cotton", 35)),
    (("polyester", 92), ("elastane", 8)),
    (("viscose", 70), ("polyamide", 30)),
    (("wool", 80), ("polyamide", 20)),
    (("acrylic", 50), ("wool", 50)),
    (("polyamide", 82), ("elastane", 18)),
    (("linen", 55), ("cotton", 45)),
    (("wool", 70), ("silk", 20), ("acrylic", 10)),
)
SIZE_WORDS = ("SIZE", "TAGLIA", "TAILLE", "GRÖSSE", "TALLA")
MADE_IN = ("MADE IN {}", "FABBRICATO IN {}", "FABRIQUÉ EN {}", "HERGESTELLT IN {}", "HECHO EN {}")
COUNTRIES = ("TURKEY", "ITALY", "PORTUGAL", "CHINA", "BANGLADESH", "INDIA", "VIETNAM", "CAMBODIA", "TUNISIA", "ROMANIA")
WASHING = (
    ("MACHINE WASH COLD", "DO NOT BLEACH", "DO NOT TUMBLE DRY", "WARM IRON", "WASH DARK COLOURS SEPARATELY", "KEEP AWAY FROM FIRE"),
    ("LAVARE IN ACQUA FREDDA", "NON CANDEGGIARE", "NON ASCIUGARE A MACCHINA", "STIRARE A BASSA TEMPERATURA", "LAVARE SEPARATAMENTE"),
    ("LAVAGE EN MACHINE À FROID", "NE PAS BLANCHIR", "SÉCHAGE EN TAMBOUR INTERDIT", "REPASSAGE DOUX", "LAVER SÉPARÉMENT"),
    ("FEINWÄSCHE 30°", "NICHT BLEICHEN", "NICHT IM TROCKNER TROCKNEN", "MÄSSIG HEISS BÜGELN", "SEPARAT WASCHEN"),
    ("LAVAR A MÁQUINA EN FRÍO", "NO USAR LEJÍA", "NO USAR SECADORA", "PLANCHAR A BAJA TEMPERATURA", "LAVAR POR SEPARADO"),
)


@dataclass
class Size:
    """One size as a label gives it: `lines` are printed, `names` are all that may be answered, the main one first."""

    system: str
    names: list[str]
    lines: list[str]


@dataclass
class Garment:
    brand: str
    size: Size
    blend: tuple[tuple[str, int], ...]
    languages: tuple[str, ...]
    country: str
    article: str
    washing: list[str] = field(default_factory=list)

    @property
    def materials(self) -> str:
        return "; ".join(f"{fibre} {share}" for fibre, share in self.blend)

    def composition(self, language: str) -> list[str]:
        return [f"{share}% {FIBRES[fibre][LANGUAGES.index(language)]}" for fibre, share in self.blend]


def read_brands(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]


def make_garment(random: Random, brands: list[str]) -> Garment:
    count = random.choice((1, 1, 2, 2, 3, 4, 5))
    languages = tuple(sorted(random.sample(LANGUAGES, count), key=LANGUAGES.index))
    washing = [line for language in languages for line in WASHING[LANGUAGES.index(language)][: random.randint(2, 5)]]
    return Garment(
        brand=random.choice(brands),
        size=random.choice(SIZES)(random),
        blend=random.choice(BLENDS),
        languages=languages,
        country=random.choice(COUNTRIES),
        article=f"{random.randint(1000, 9999)}/{random.randint(100, 999)}/{random.randint(100, 999)}",
        washing=washing,
    )


def _letter(random: Random) -> Size:
    letter = random.choice(("XXS", "XS", "S", "S", "M", "M", "L", "L", "XL", "XXL", "3XL"))
    lines = random.choice((
        [letter],
        [letter],
        [f"{random.choice(SIZE_WORDS)} {letter}"],
        [f"EUR {letter}", f"USA {letter}"],
        ["SIZE / TAILLE", letter],
    ))
    return Size("letter", [letter], lines)


def _women(random: Random) -> Size:
    """Women's clothes; the offsets are the common ones (brands differ, a label says its own)."""
    eu = random.choice((34, 36, 38, 40, 42, 44))
    of = {"EU": eu, "UK": eu - 28, "US": eu - 32, "IT": eu + 4, "FR": eu + 2, "DE": eu}
    systems = random.choice((("EU",), ("UK",), ("IT",), ("FR",), ("DE",), ("US",), ("EU", "UK", "US"), ("IT", "FR", "DE"), ("UK", "EU"), ("EU", "UK", "US", "IT")))
    names = [f"{system} {of[system]}" for system in systems]
    if len(names) == 1:
        return Size(systems[0].lower(), names, random.choice(([names[0]], [f"SIZE {names[0]}"], [systems[0], str(of[systems[0]])])))
    lines = names if random.random() < 0.5 else [random.choice(("  ", " / ", " - ")).join(names)]
    return Size(systems[0].lower(), names, lines)


def _waist_length(random: Random) -> Size:
    waist, length = random.choice((26, 27, 28, 29, 30, 31, 32, 33, 34, 36, 38)), random.choice((28, 30, 32, 34))
    name = f"W{waist} L{length}"
    lines = random.choice(([name], [f"W {waist}  L {length}"], [f"W{waist}", f"L{length}"], [f"W{waist}/L{length}"], [f"SIZE {waist}/{length}"]))
    return Size("waist_length", [name], lines)


def _shoes(random: Random) -> Size:
    eu = random.choice((36, 37, 38, 39, 40, 41, 42, 43, 44, 45))
    of = {"EU": str(eu), "UK": f"{eu - 33}", "US": f"{eu - 32}"}
    systems = random.choice((("EU",), ("EU", "UK", "US"), ("UK", "US", "EU"), ("US", "UK", "EU"), ("UK", "EU")))
    names = [f"{system} {of[system]}" for system in systems]
    together = "  ".join(names) if random.random() < 0.4 else None
    return Size("shoes_" + systems[0].lower(), names, [together] if together else names)


def _children(random: Random) -> Size:
    years = random.choice((2, 3, 4, 5, 6, 8, 10, 12))
    height = {2: 92, 3: 98, 4: 104, 5: 110, 6: 116, 8: 128, 10: 140, 12: 152}[years]
    names, lines = random.choice((
        ([f"{height} cm"], [f"{height} cm"]),
        ([f"{years}-{years + 1} years", f"{height} cm"], [f"{years}-{years + 1} YEARS", f"{height} CM"]),
        ([f"{years} years"], [f"{years} YEARS"]),
        ([f"{years} years"], [f"{years} ANS"]),
        ([f"{years} years"], [f"{years} ANNI"]),
        ([f"{height} cm", f"{years} years"], [f"{years} A", f"{height} CM"]),
    ))
    return Size("children", names, lines)


SIZES = (_letter, _letter, _letter, _women, _women, _women, _waist_length, _shoes, _children)
