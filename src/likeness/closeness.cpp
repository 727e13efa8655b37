#include "likeness/closeness.hpp"
