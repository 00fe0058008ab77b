#pragma once
#include "sockets.h"
#include "threads.h"
